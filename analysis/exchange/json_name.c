/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_name.h"

static bool
is(const struct json_word *key, const struct json_name *name)
{
	char word[JSON_NAME_MAX];
	size_t len = name->len - (size_t)3;
	if (!key->escaped)
		return key->len == len &&
		       memcmp(key->p, name->text + 1, len) == 0;
	memcpy(word, name->text + 1, len);
	word[len] = '\0';
	return json_read_is(key, word);
}

bool
json_name_find(struct json_read *in, const struct json_names *names,
    struct json_guess *guess, unsigned *k)
{
	struct json_word key;
	unsigned i = 0;
	if (!json_read_member(in, &key))
		return false;
	while (i < names->n && !is(&key, &names->name[i]))
		i++;
	if (i < names->n)
		guess->behind[*k] = (uint8_t)i;
	*k = i;
	return true;
}

/* The quotes belong to what is the same. */
bool
json_name_again(struct json_read *in, const struct json_word *w)
{
	size_t len = w->len + 2;
	if (w->p == NULL || in->state != JSON_READ_OK ||
	    (size_t)(in->end - in->p) < len ||
	    memcmp(in->p, w->p - 1, len) != 0)
		return false;
	in->p += len;
	return true;
}
