/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_SCENES_H
#define TUMEN_INFER_SCENES_H

#include "analysis/infer/scene.h"

/*
 * Scenes that are needed again, as scene_make() left them: before any votes
 * were shown. Without the room that nothing takes, and that of the votes, they
 * take about 5 KiB instead of 65.
 */
struct scenes;

/* Of all scenes together; a round of generated ones takes a third. */
enum { SCENES_BYTES_MAX = 32 << 20 };

struct scenes *scenes_new(void);
void scenes_free(struct scenes *k); /* NULL is fine */

/* Forgets all; the room stays for the next ones. */
void scenes_clear(struct scenes *k);

/* Adds one, which has the number of scenes before it; false: no more room. */
bool scenes_keep(struct scenes *k, const struct scene *s);

/* Copies scene number i; false when it was not kept. */
bool scenes_get(const struct scenes *k, size_t i, struct scene *s);

#endif
