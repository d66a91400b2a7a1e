/* SPDX-License-Identifier: ISC */
#include "sql/sign.h"

#include "probe/base/digits.h"
#include "probe/base/mem.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { WORDS_MAX = 5, ID_OCTETS = 8 };

/* Separates these signatures from any other use of the key. */
static const char domain[] = "tumen segment 1\n";
enum { DOMAIN_LEN = sizeof(domain) - 1 };

/* The words of a line; 0 when it is too long or has blanks to spare. */
static size_t
split(const char *line, char copy[static SIGN_LINE_MAX],
    const char *words[static WORDS_MAX])
{
	size_t n = 0, len = strcspn(line, "\n");
	if (len >= SIGN_LINE_MAX || (line[len] == '\n' && line[len + 1] != 0))
		return 0;
	memcpy(copy, line, len);
	copy[len] = '\0';
	for (char *rest = copy, *word = NULL;
	     (word = strsep(&rest, " ")) != NULL;) {
		if (n == WORDS_MAX || *word == '\0')
			return 0;
		words[n++] = word;
	}
	return n;
}

static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return len >= 1 && len <= RECORD_NAME_MAX && s[len] == '\0';
}

static void
set_id(struct sign_public *p)
{
	uint8_t sha256[HASH_SHA256_LEN];
	char *end = p->id;
	hash_sha256(p->key, sizeof(p->key), sha256);
	for (int i = 0; i < ID_OCTETS; i++)
		end = digits_hex(end, sha256[i]);
	*end = '\0';
}

/* "KIND 1 VANTAGE KEYID VALUE": the parts that public and secret share. */
static bool
parse_key(const char *line, const char *kind, struct sign_public *p,
    uint8_t value[static HASH_SEED_LEN])
{
	char copy[SIGN_LINE_MAX];
	const char *w[WORDS_MAX] = {NULL};
	*p = (struct sign_public){0};
	bool ok = split(line, copy, w) == 5 && strcmp(w[0], kind) == 0 &&
		  strcmp(w[1], "1") == 0 && is_name(w[2]) &&
		  strlen(w[3]) == SIGN_ID_STRLEN - 1 &&
		  hash_unbase64(w[4], value, HASH_SEED_LEN);
	if (ok) {
		snprintf(p->vantage, sizeof(p->vantage), "%s", w[2]);
		snprintf(p->id, sizeof(p->id), "%s", w[3]);
	}
	hash_wipe(copy, sizeof(copy));
	return ok;
}

/* Derives the id, which must be the one that was read. */
static bool
id_is_right(struct sign_public *p)
{
	char said[SIGN_ID_STRLEN];
	memcpy(said, p->id, sizeof(said));
	set_id(p);
	return strcmp(said, p->id) == 0;
}

bool
sign_public_parse(const char *line, struct sign_public *p)
{
	uint8_t value[HASH_SEED_LEN];
	if (!parse_key(line, "tumen-public", p, value))
		return false;
	memcpy(p->key, value, sizeof(p->key));
	return id_is_right(p);
}

char *
sign_public_format(const struct sign_public *p, char line[static SIGN_LINE_MAX])
{
	char text[HASH_BASE64_MAX];
	snprintf(line, SIGN_LINE_MAX, "tumen-public 1 %s %s %s\n", p->vantage,
	    p->id, hash_base64(p->key, sizeof(p->key), text));
	return line;
}

/* Writes a file that must not be there yet. */
static bool
write_new(const char *path, const char *text, mode_t mode, struct fault *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fault_set(f, errno == EACCES ? EX_NOPERM : EX_CANTCREAT,
		    "%s: %s", path,
		    errno == EEXIST ? "is there already and stays as it is"
				    : strerror(errno));
	size_t len = strlen(text);
	errno = ENOSPC; /* what a short write means */
	bool ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	int error = errno;
	close(fd);
	if (!ok)
		unlink(path);
	return ok || folder_fault(f, error, path, "cannot write");
}

bool
sign_key_make(const char *path, const char *vantage, struct sign_public *made,
    struct fault *f)
{
	struct sign_key k = {0};
	char line[SIGN_LINE_MAX], text[HASH_BASE64_MAX];
	if (!is_name(vantage))
		return fault_set(f, EX_USAGE,
		    "--vantage %s: not 1..%d of a-z 0-9 . _ -", vantage,
		    RECORD_NAME_MAX);
	snprintf(k.public.vantage, sizeof(k.public.vantage), "%s", vantage);
	hash_random(k.seed, sizeof(k.seed));
	hash_public(k.seed, k.public.key);
	set_id(&k.public);
	*made = k.public;
	char *pub = xasprintf("%s.pub", path);
	snprintf(line, sizeof(line), "tumen-secret 1 %s %s %s\n", vantage,
	    k.public.id, hash_base64(k.seed, sizeof(k.seed), text));
	bool ok = write_new(path, line, 0600, f);
	hash_wipe(line, sizeof(line));
	hash_wipe(text, sizeof(text));
	sign_key_wipe(&k);
	if (ok && !write_new(pub, sign_public_format(made, line), 0644, f)) {
		unlink(path);
		ok = false;
	}
	free(pub);
	return ok;
}

static bool
is_private(int fd, const char *path, struct fault *f)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return folder_fault(f, errno, path, "cannot read");
	if (!S_ISREG(st.st_mode))
		return fault_set(f, EX_CONFIG, "%s: not a file", path);
	if ((st.st_mode & 077) != 0)
		return fault_set(f, EX_NOPERM,
		    "%s: mode %04o, others have access to the secret key; "
		    "0600 or 0400 is needed",
		    path, st.st_mode & 07777);
	return st.st_uid == 0 || st.st_uid == geteuid() ||
	       fault_set(f, EX_NOPERM,
		   "%s: belongs to user %u, neither to root nor to this user",
		   path, (unsigned)st.st_uid);
}

bool
sign_key_load(struct sign_key *k, const char *path, struct fault *f)
{
	char line[SIGN_LINE_MAX] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	*k = (struct sign_key){0};
	if (fd < 0)
		return folder_fault(f, errno, path, "no key");
	bool ok = is_private(fd, path, f);
	ssize_t n = ok ? read(fd, line, sizeof(line) - 1) : 0;
	close(fd);
	if (!ok)
		return false;
	ok = n > 0 && parse_key(line, "tumen-secret", &k->public, k->seed);
	hash_wipe(line, sizeof(line));
	hash_public(k->seed, k->public.key);
	if (ok && id_is_right(&k->public))
		return true;
	sign_key_wipe(k);
	return fault_set(f, EX_CONFIG,
	    "%s: not a secret key as `tumen-probe key` makes it", path);
}

void
sign_key_wipe(struct sign_key *k)
{
	hash_wipe(k, sizeof(*k));
}

static void
message(const uint8_t sha256[static HASH_SHA256_LEN],
    uint8_t out[static DOMAIN_LEN + HASH_SHA256_LEN])
{
	memcpy(out, domain, DOMAIN_LEN);
	memcpy(out + DOMAIN_LEN, sha256, HASH_SHA256_LEN);
}

char *
sign_segment(const struct sign_key *k,
    const uint8_t sha256[static HASH_SHA256_LEN],
    char line[static SIGN_LINE_MAX])
{
	uint8_t m[DOMAIN_LEN + HASH_SHA256_LEN], out[HASH_SIGNATURE_LEN];
	char text[HASH_BASE64_MAX];
	message(sha256, m);
	hash_sign(k->seed, m, sizeof(m), out);
	snprintf(line, SIGN_LINE_MAX, "tumen-signature 1 %s %s\n", k->public.id,
	    hash_base64(out, sizeof(out), text));
	return line;
}

bool
sign_mark_parse(const char *line, struct sign_mark *m)
{
	char copy[SIGN_LINE_MAX];
	const char *w[WORDS_MAX] = {NULL};
	*m = (struct sign_mark){0};
	if (split(line, copy, w) != 4 || strcmp(w[0], "tumen-signature") != 0 ||
	    strcmp(w[1], "1") != 0 || strlen(w[2]) != SIGN_ID_STRLEN - 1 ||
	    strspn(w[2], "0123456789abcdef") != SIGN_ID_STRLEN - 1)
		return false;
	memcpy(m->id, w[2], sizeof(m->id));
	return hash_unbase64(w[3], m->signature, sizeof(m->signature));
}

bool
sign_verify(const struct sign_public *p, const struct sign_mark *m,
    const uint8_t sha256[static HASH_SHA256_LEN])
{
	uint8_t text[DOMAIN_LEN + HASH_SHA256_LEN];
	message(sha256, text);
	return strcmp(p->id, m->id) == 0 &&
	       hash_signed(p->key, text, sizeof(text), m->signature);
}
