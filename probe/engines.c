/* SPDX-License-Identifier: ISC */
#include "sql/engine.h"

/* A vantage writes files; tumen sends them on. */
const struct db_scheme db_schemes[] = {{NULL, &sqlite_engine}};
