/* SPDX-License-Identifier: ISC */
#include "analysis/origin/digest.h"

#include "probe/base/mem.h"

#include <nettle/sha2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_LEN = 1 << 20 };

struct digest {
	struct sha256_ctx state;
	pthread_t thread;
	bool threaded; /* else bytes are taken in when they are added */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const uint8_t *at; /* bytes that are added and not yet taken in */
	size_t left;
	bool closing;
	bool done; /* sha256 is the hash */
	uint8_t sha256[HASH_SHA256_LEN];
};

static void *
follow(void *arg)
{
	struct digest *d = arg;
	pthread_mutex_lock(&d->lock);
	while (!d->closing) {
		size_t n = d->left < PIECE_LEN ? d->left : PIECE_LEN;
		if (n == 0) {
			pthread_cond_wait(&d->changed, &d->lock);
			continue;
		}
		pthread_mutex_unlock(&d->lock);
		sha256_update(&d->state, n, d->at);
		pthread_mutex_lock(&d->lock);
		d->at += n;
		d->left -= n;
		pthread_cond_broadcast(&d->changed);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

struct digest *
digest_open(void)
{
	struct digest *d = xcalloc(1, sizeof(*d));
	sha256_init(&d->state);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	d->threaded = pthread_create(&d->thread, NULL, follow, d) == 0;
	return d;
}

/* The lock is held. */
static void
wait_empty(struct digest *d)
{
	while (d->left > 0)
		pthread_cond_wait(&d->changed, &d->lock);
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (!d->threaded) {
		sha256_update(&d->state, len, bytes);
		return;
	}
	pthread_mutex_lock(&d->lock);
	if (d->left > 0 && d->at + d->left != bytes)
		wait_empty(d);
	if (d->left == 0)
		d->at = bytes;
	d->left += len;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

void
digest_wait(struct digest *d)
{
	pthread_mutex_lock(&d->lock);
	wait_empty(d);
	pthread_mutex_unlock(&d->lock);
}

void
digest_sha256(struct digest *d, uint8_t out[static HASH_SHA256_LEN])
{
	digest_wait(d);
	if (!d->done)
		sha256_digest(&d->state, HASH_SHA256_LEN, d->sha256);
	d->done = true;
	memcpy(out, d->sha256, HASH_SHA256_LEN);
}

void
digest_close(struct digest *d)
{
	if (d == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	wait_empty(d);
	d->closing = true;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	if (d->threaded)
		pthread_join(d->thread, NULL);
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
