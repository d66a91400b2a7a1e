/* SPDX-License-Identifier: ISC */
#include "sql/finding.h"

#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * In the words of a kind: %V its vantage with a colon, %C campaign, %E epoch,
 * %R first..last, %X expected, %F found, %D detail.
 */
static const struct {
	const char *name;
	bool note;
	const char *words;
} kinds[FINDING_KINDS] = {
    [FINDING_RUN_MISSING] = {"run-missing", false,
	"%V campaign %C: slot %R: no row tells how it ended (planned %D)"},
    [FINDING_RUN_TWICE] = {"run-twice", false,
	"%V campaign %C: slot %R: %F rows, %D (a spool started anew, or two "
	"agents)"},
    [FINDING_RUN_STATE] = {"run-state", false,
	"%V campaign %C: slot %R: \"%D\" is no end state (done, partial, "
	"skipped, failed, aborted)"},
    [FINDING_RUN_TRACES] = {"run-traces", false,
	"%V campaign %C: slot %R: its row says %X traces, %F are stored"},
    [FINDING_RUN_UNFINISHED] = {"run-unfinished", false,
	"%V campaign %C: slot %R: %F traces are stored, but no row tells how "
	"the run ended"},
    [FINDING_RUN_OPEN] = {"run-open", true,
	"%V campaign %C: slot %R: %F traces are stored, the run is under way"},
    [FINDING_RUN_HEALTH] = {"run-health", false,
	"%V campaign %C: slot %R: no row of health tells how the vantage was: "
	"%D"},
    [FINDING_RUN_HELD] = {"run-held", true,
	"%V campaign %C: slot %R: %D; the row waits in the spool for room on "
	"the disk"},
    [FINDING_RUNS_MISSING] = {"runs-missing", false,
	"%V epoch %E: the ledger says %X runs, %F are stored"},
    [FINDING_TRACES_MISSING] = {"traces-missing", false,
	"%V epoch %E: the ledger says %X traces, %F are stored"},
    [FINDING_TRACES_UNLEDGERED] = {"traces-unledgered", false,
	"%V epoch %E: the ledger says %X traces, %F are stored (a lost line of "
	"the ledger, an imported segment, or an upload at work)"},
    [FINDING_SEGMENT_MISSING] = {"segment-missing", false,
	"%V epoch %E: segment %R: neither stored nor in a spool or archive"},
    [FINDING_SEGMENT_TWICE] = {"segment-twice", false,
	"%V epoch %E: segment %R: %F different contents (a copied spool?) %D"},
    [FINDING_SEGMENT_QUARANTINED] = {"segment-quarantined", false,
	"%V epoch %E: segment %R: in quarantine: %D"},
    [FINDING_SEGMENT_DAMAGED] = {"segment-damaged", false,
	"%V segment %R: cannot be read: %D"},
    [FINDING_SEGMENT_WAITING] = {"segment-waiting", true,
	"%V epoch %E: segment %R with %X traces waits to be uploaded: %D"},
    [FINDING_SEGMENT_OPEN] = {"segment-open", true,
	"%V epoch %E: segment %R is being written: %D"},
    [FINDING_TRACE_MISSING] = {"trace-missing", false,
	"%V epoch %E: trace %R: not stored, but in %D"},
    [FINDING_TRACE_DIFFERS] = {"trace-differs", false,
	"%V epoch %E: trace %R: stored with another content than in %D"},
    [FINDING_TRACE_TWICE] = {"trace-twice", false,
	"%V epoch %E: trace %R: stored twice, with two starts (a copied "
	"spool?)"},
    [FINDING_GAP_LOST] = {"gap-lost", false, "%V epoch %E: trace %R: lost"},
    [FINDING_GAP_UNKNOWN] = {"gap-unknown", false,
	"%V epoch %E: trace %R: lost, or a number that was never used"},
    [FINDING_GAP_UNUSED] = {"gap-unused", true,
	"%V epoch %E: trace %R: in no segment, a number that was never used"},
    [FINDING_TEXT_MISSING] = {"text-missing", false,
	"%V %D is not in its table, %F rows have it"},
    [FINDING_HOPS_MISSING] = {"hops-missing", false,
	"%V path %D: %X hops, %F are in path_hop"},
    [FINDING_VERDICT_ALONE] = {"verdict-alone", false,
	"%V verdict of trace %D, which is not stored"},
};

struct finding
finding_of(enum finding_kind kind)
{
	return (struct finding){.kind = kind,
	    .epoch = -1,
	    .first = -1,
	    .last = -1,
	    .expected = -1,
	    .found = -1};
}

const char *
finding_name(enum finding_kind kind)
{
	return kinds[kind].name;
}

bool
finding_is_fault(enum finding_kind kind)
{
	return !kinds[kind].note;
}

static int
put(const struct finding *it, char what, char *to, size_t room)
{
	switch (what) {
	case 'V':
		return snprintf(to, room, "%s%s", it->vantage,
		    it->vantage[0] != '\0' ? ":" : "audit:");
	case 'C':
		return snprintf(to, room, "%s", it->campaign);
	case 'E':
		return snprintf(to, room, "%" PRId64, it->epoch);
	case 'R':
		if (it->first == it->last)
			return snprintf(to, room, "%" PRId64, it->first);
		return snprintf(
		    to, room, "%" PRId64 "..%" PRId64, it->first, it->last);
	case 'X':
		return snprintf(to, room, "%" PRId64, it->expected);
	case 'F':
		return snprintf(to, room, "%" PRId64, it->found);
	default:
		return snprintf(to, room, "%s", it->detail);
	}
}

void
finding_text(const struct finding *it, char text[static FINDING_TEXT_LEN])
{
	size_t n = 0;
	text[0] = '\0';
	for (const char *w = kinds[it->kind].words; *w != '\0'; w++) {
		size_t room = FINDING_TEXT_LEN - n;
		if (room <= 1)
			return;
		if (*w != '%') {
			text[n++] = *w;
			text[n] = '\0';
			continue;
		}
		int len = put(it, *++w, text + n, room);
		n += (size_t)len < room ? (size_t)len : room - 1;
	}
}

void
findings_add(struct findings *all, const struct finding *it)
{
	if (all->count[it->kind]++ >= FINDING_NAMED_MAX)
		return;
	if (all->n == all->room) {
		all->room = all->room ? all->room * 2 : 16;
		all->v = xreallocarray(all->v, all->room, sizeof(*all->v));
	}
	all->v[all->n++] = *it;
}

int64_t
findings_faults(const struct findings *all)
{
	int64_t n = 0;
	for (int k = 0; k < FINDING_KINDS; k++)
		n += kinds[k].note ? 0 : all->count[k];
	return n;
}

void
findings_free(struct findings *all)
{
	free(all->v);
	*all = (struct findings){0};
}
