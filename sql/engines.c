/* SPDX-License-Identifier: ISC */
#include "sql/engine.h"

const struct db_scheme db_schemes[] = {
    {"postgresql://", &postgres_engine},
    {"postgres://", &postgres_engine},
    {NULL, &sqlite_engine},
};
