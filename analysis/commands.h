/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_COMMANDS_H
#define TUMEN_COMMANDS_H

/*
 * The commands of tumen, one file each. argv[0] is the command's name; the
 * exit status is returned: 0 done, 1 a difference or a no, else sysexits.h.
 */
int cmd_audit(int argc, char **argv);
int cmd_control(int argc, char **argv);
int cmd_control_runs(int argc, char **argv); /* control runs */
extern const char control_runs_help[];
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_infer(int argc, char **argv);
int cmd_origin(int argc, char **argv);
int cmd_retention(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_timeline(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_upload(int argc, char **argv);

#endif
