/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_VERSION_H
#define TUMEN_BASE_VERSION_H

#define TUMEN_VERSION "0.1.0"

#endif
