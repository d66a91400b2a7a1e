/* SPDX-License-Identifier: ISC */
#include "sql/keys.h"

#include "probe/base/mem.h"
#include "sql/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* Far more vantages than there will be; more is a mistake. */
enum { KEYS_MAX = 10000 };

struct keys {
	struct sign_public *key;
	size_t n;
};

static bool
add(struct keys *k, const char *line, struct fault *f)
{
	struct sign_public p;
	if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0')
		return true;
	if (!sign_public_parse(line, &p))
		return fault_set(f, EX_CONFIG,
		    "no public key (tumen-public 1 VANTAGE KEYID BASE64)");
	if (k->n == KEYS_MAX)
		return fault_set(f, EX_CONFIG, "more than %d keys", KEYS_MAX);
	k->key = xreallocarray(k->key, k->n + 1, sizeof(*k->key));
	k->key[k->n++] = p;
	return true;
}

static bool
add_file(struct keys *k, const char *path, struct fault *f)
{
	char line[SIGN_LINE_MAX];
	struct fault why = {0};
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return folder_fault(f, errno, path, "no keys");
	bool ok = true;
	for (int no = 1; ok && fgets(line, sizeof(line), file) != NULL; no++) {
		ok = add(k, line, &why);
		if (!ok)
			fault_set(
			    f, why.status, "%s:%d: %s", path, no, why.text);
	}
	if (ok && ferror(file))
		ok = folder_fault(f, errno, path, "cannot read");
	fclose(file);
	return ok;
}

static bool
ends_with_pub(const char *name)
{
	size_t len = strlen(name);
	return len > 4 && name[0] != '.' && strcmp(name + len - 4, ".pub") == 0;
}

static bool
add_folder(struct keys *k, const char *path, struct fault *f)
{
	DIR *d = opendir(path);
	if (d == NULL)
		return folder_fault(f, errno, path, "no keys");
	bool ok = true;
	for (struct dirent *e = readdir(d); ok && e != NULL; e = readdir(d)) {
		if (!ends_with_pub(e->d_name))
			continue;
		char *file = xasprintf("%s/%s", path, e->d_name);
		ok = add_file(k, file, f);
		free(file);
	}
	closedir(d);
	return ok;
}

struct keys *
keys_load(const char *path, struct fault *f)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		folder_fault(f, errno, path, "no keys");
		return NULL;
	}
	struct keys *k = xcalloc(1, sizeof(*k));
	bool ok =
	    S_ISDIR(st.st_mode) ? add_folder(k, path, f) : add_file(k, path, f);
	if (ok && k->n == 0)
		ok = fault_set(f, EX_CONFIG, "%s: holds no public key%s", path,
		    S_ISDIR(st.st_mode) ? " (*.pub)" : "");
	if (ok)
		return k;
	keys_free(k);
	return NULL;
}

void
keys_free(struct keys *k)
{
	if (k == NULL)
		return;
	free(k->key);
	free(k);
}

bool
keys_has(const struct keys *k, const char *vantage)
{
	for (size_t i = 0; k != NULL && i < k->n; i++)
		if (strcmp(k->key[i].vantage, vantage) == 0)
			return true;
	return false;
}

static enum keys_answer
refuse(const struct keys_claim *c, const char *why, struct fault *f)
{
	fault_set(
	    f, EX_DATAERR, "%s, but vantage %s has a key", why, c->vantage);
	return KEYS_REFUSED;
}

enum keys_answer
keys_check(
    const struct keys *k, const struct keys_claim *claim, struct fault *f)
{
	struct sign_mark mark;
	if (!keys_has(k, claim->vantage))
		return claim->signature == NULL ? KEYS_UNSIGNED
						: KEYS_UNVERIFIED;
	if (claim->signature == NULL)
		return refuse(claim, "unsigned", f);
	if (!sign_mark_parse(claim->signature, &mark))
		return refuse(claim, "no signature in its .sig file", f);
	for (size_t i = 0; i < k->n; i++) {
		const struct sign_public *p = &k->key[i];
		if (strcmp(p->vantage, claim->vantage) != 0 ||
		    strcmp(p->id, mark.id) != 0)
			continue;
		if (sign_verify(p, &mark, claim->sha256))
			return KEYS_GOOD;
		fault_set(f, EX_DATAERR,
		    "wrong signature: key %s of vantage %s did not sign these "
		    "octets",
		    mark.id, claim->vantage);
		return KEYS_REFUSED;
	}
	fault_set(f, EX_DATAERR,
	    "signed by key %s, which is no known key of vantage %s", mark.id,
	    claim->vantage);
	return KEYS_REFUSED;
}
