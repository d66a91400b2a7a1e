/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_UNPACK_H
#define TUMEN_ORIGIN_UNPACK_H

/*
 * How the unpacking of a file ended. The functions that do it take a reader
 * over the whole file and leave it at the octet where they stopped, so that
 * what is left tells the place.
 */
enum unpack {
	UNPACK_WHOLE,	 /* every stream to its end */
	UNPACK_CUT,	 /* the file ends inside a stream */
	UNPACK_DAMAGED,	 /* no such stream, or its checksum is wrong */
	UNPACK_TOO_LONG, /* it holds more than it may */
};

#endif
