/* SPDX-License-Identifier: ISC */
#include "probe/campaign/methods.h"

#include "probe/base/mem.h"
#include "probe/base/record_name.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool
methods_have(const struct methods *m, enum record_method method)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->method[i] == method)
			return true;
	return false;
}

bool
methods_have_port(const struct methods *m)
{
	return methods_have(m, METHOD_UDP) || methods_have(m, METHOD_TCP);
}

static bool
add(struct methods *m, const char *word, struct fault *f)
{
	enum record_method method;
	if (!record_method_parse(word, &method))
		return fault_set(f, EX_USAGE, "not one of udp, icmp, tcp");
	if (methods_have(m, method))
		return fault_set(f, EX_USAGE, "%s is named twice", word);
	m->method[m->n++] = method;
	return true;
}

bool
methods_parse(struct methods *m, const char *text, struct fault *f)
{
	char *copy = xstrdup(text), *rest = NULL;
	bool ok = true;
	m->n = 0;
	for (char *word = strtok_r(copy, " \t,", &rest); ok && word != NULL;
	     word = strtok_r(NULL, " \t,", &rest))
		ok = add(m, word, f);
	free(copy);
	if (ok && m->n == 0)
		return fault_set(f, EX_USAGE, "not one of udp, icmp, tcp");
	return ok;
}
