/* SPDX-License-Identifier: ISC */
#include "probe/net/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

bool
privileges_check(struct fault *f)
{
	if (capng_get_caps_process() == 0 &&
	    capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW))
		return true;
	return fault_set(f, EX_NOPERM,
	    "no permission to send probes: needs the capability CAP_NET_RAW; "
	    "run it as root, or 'setcap cap_net_raw+ep' on the program, or "
	    "AmbientCapabilities=CAP_NET_RAW in the systemd unit");
}

/* Only with CAP_SETPCAP; without it the set stays, of no use to anyone. */
static void
drop_bounds(void)
{
	capng_clear(CAPNG_SELECT_BOUNDS);
	capng_apply(CAPNG_SELECT_BOUNDS);
}

static bool
change_user(const char *user, struct fault *f)
{
	errno = 0;
	const struct passwd *pw = getpwnam(user);
	if (pw == NULL)
		return fault_set(f, EX_CONFIG, "user %s: no such user", user);
	if (pw->pw_uid == 0)
		return true;
	/* EINVAL: the id has no meaning here; EPERM: setgroups is denied. */
	if (setgroups(0, NULL) != 0 && errno != EPERM)
		return fault_set(f, EX_OSERR, "setgroups: %s", strerror(errno));
	if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0)
		return errno == EINVAL || fault_set(f, EX_OSERR, "user %s: %s",
					      user, strerror(errno));
	if (setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return errno == EINVAL || fault_set(f, EX_OSERR, "user %s: %s",
					      user, strerror(errno));
	return true;
}

static bool
drop_capabilities(struct fault *f)
{
	capng_clear(CAPNG_SELECT_CAPS);
	capng_clear(CAPNG_SELECT_AMBIENT);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
	    capng_apply(CAPNG_SELECT_AMBIENT) != 0 ||
	    capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return fault_set(f, EX_OSERR, "cannot drop capabilities: %s",
		    strerror(errno));
	return true;
}

bool
privileges_drop(
    const char *user, const struct sandbox_folder *folders, struct fault *f)
{
	if (capng_get_caps_process() != 0)
		return fault_set(f, EX_OSERR, "cannot read capabilities");
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		drop_bounds();
	if (geteuid() == 0 && !change_user(user ? user : "nobody", f))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fault_set(
		    f, EX_OSERR, "no_new_privs: %s", strerror(errno));
	return drop_capabilities(f) && sandbox_enter(folders, f);
}
