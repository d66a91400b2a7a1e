/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_SHAPED_H
#define TUMEN_EXCHANGE_SHAPED_H

#include "probe/base/json.h"
#include "probe/base/record.h"

/*
 * A trace in the shape of another tool's JSON, one object, no newline. Was it
 * read from that very format (record.source), it is printed as it came; of an
 * object that became several traces (tracelb) only with the first of them,
 * and nothing with the others: then false. A vantage that the object does not
 * tell is added to one of scamper, as "monitor".
 *
 * Else it is made of the record: all that the format has a key for, and the
 * rest in keys of ours ("tumen": {...} in the object and in its replies), so
 * that reading it again gives the same record, id and all.
 *
 * RIPE Atlas: https://atlas.ripe.net/docs/apis/result-format/, firmware 5000
 * and newer. scamper: sc_warts2json(1).
 */
bool shaped_atlas(const struct record *r, struct json *j);
bool shaped_scamper(const struct record *r, struct json *j);

#endif
