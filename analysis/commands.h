/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_COMMANDS_H
#define TUMEN_COMMANDS_H

/* The commands of tumen; argv[0] is the command's name, the exit status is
 * returned. */
int cmd_origin(int argc, char **argv);

#endif
