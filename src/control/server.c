/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket file may be opened by anyone.  The kernel's credentials of the
 * caller decide who may ask, and a caller without permission gets the reason.
 *
 * The number of clients is limited.  When all places are taken, the client that
 * has stalled longest is closed; when none has stalled, the new client is asked
 * to try again.  So hung clients, however many, keep nobody out.
 *
 * One spare descriptor is held in reserve.  When the process has reached its
 * limit, the spare is closed to accept one client, because a user asks for the
 * status just then.  Until a spare can be opened again, the listener is
 * disabled; it is enabled once a second.
 *
 * A socket file that a dead daemon left is replaced by a rename, so the file
 * exists at every moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/internal.h"

enum {
	BACKLOG = 256,
	ACCEPTS = 32, /* in one turn of the loop */
	SECOND_US = 1000000,
	STALLED_MS = 1000, /* then a client may be closed */
	GROUPS_MAX = 256,  /* the most supplementary groups to inspect */
};

enum right { NONE, READ, CHANGE };

static const char not_permitted[] =
    "{\"end\":true,\"code\":5,\"error\":\"not permitted: only root and "
    "members of the groups named in control { group, read-group } may "
    "ask\"}\n";
static const char busy[] =
    "{\"end\":true,\"code\":1,\"busy\":true,\"error\":\"too many clients at "
    "once; try again\"}\n";

static enum right
right_of_group(const struct sw_control *control, gid_t gid)
{
	if (gid == control->group && gid != (gid_t)-1)
		return CHANGE;
	if (gid == control->read_group && gid != (gid_t)-1)
		return READ;
	return NONE;
}

static enum right
better(enum right a, enum right b)
{
	return a > b ? a : b;
}

/* The kernel recorded the peer's user when the connection was made. */
static enum right
right_of(const struct sw_control *control, int fd, uid_t *uid)
{
	gid_t groups[GROUPS_MAX];
	struct ucred caller;
	socklen_t length = sizeof caller;
	enum right right;

	*uid = (uid_t)-1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &caller, &length) < 0)
		return NONE;
	*uid = caller.uid;
	if (caller.uid == 0)
		return CHANGE;
	right = right_of_group(control, caller.gid);
	length = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0)
		return right;
	for (size_t i = 0; i < length / sizeof groups[0]; i++)
		right = better(right, right_of_group(control, groups[i]));
	return right;
}

/* Sends one line to a client that gets no place; a new socket has room for
 * it. */
static void
turn_away(int fd, const char *line)
{
	/* If the line does not fit, the client still sees the connection
	 * end. */
	(void)!send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static size_t
count_of(const struct sw_control *control, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < control->n_clients; i++)
		n += control->clients[i]->uid == uid;
	return n;
}

/* The client that has stalled longest; of this user when uid is not -1. */
static struct sw_client *
most_stalled(const struct sw_control *control, uid_t uid)
{
	struct sw_time now = sw_clock_now();
	struct sw_client *most = NULL;
	uint64_t longest = STALLED_MS;

	for (size_t i = 0; i < control->n_clients; i++) {
		struct sw_client *client = control->clients[i];
		uint64_t stalled = sw_client_stalled_ms(client, now);

		if ((uid == (uid_t)-1 || client->uid == uid) &&
		    stalled > longest) {
			most = client;
			longest = stalled;
		}
	}
	return most;
}

/* => false when no client may be closed */
static bool
make_room(struct sw_control *control, uid_t uid)
{
	bool crowd =
	    uid != 0 && count_of(control, uid) >= SW_CONTROL_CLIENTS_UID;
	struct sw_client *victim;

	if (!crowd && control->n_clients < SW_CONTROL_CLIENTS)
		return true;
	victim = most_stalled(control, crowd ? uid : (uid_t)-1);
	if (victim == NULL)
		return false;
	control->pushed_out++;
	sw_client_close(victim);
	return true;
}

static void
welcome(struct sw_control *control, int fd)
{
	uid_t uid;
	enum right right = right_of(control, fd, &uid);

	if (right == NONE) {
		control->not_permitted++;
		turn_away(fd, not_permitted);
		return;
	}
	if (!make_room(control, uid)) {
		control->crowded_out++;
		turn_away(fd, busy);
		return;
	}
	control->served++;
	sw_client_open(control, fd, uid, right == CHANGE);
}

/* => the next client, or -1 with errno set */
static int
admit(struct sw_control *control)
{
	int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int client = accept4(control->fd, NULL, NULL, flags);

	if (client >= 0 || control->reserve < 0 ||
	    (errno != EMFILE && errno != ENFILE))
		return client;
	close(control->reserve);
	control->reserve = -1;
	return accept4(control->fd, NULL, NULL, flags);
}

static int
on_accept(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)fd;
	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		int client = admit(context);

		if (client >= 0)
			welcome(context, client);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR && errno != ECONNABORTED)
			return sd_event_source_set_enabled(
			    source, SD_EVENT_OFF);
	}
	return 0;
}

static void
enable_listener(struct sw_control *control)
{
	if (control->reserve < 0)
		control->reserve = fcntl(control->fd, F_DUPFD_CLOEXEC, 3);
	sd_event_source_set_enabled(control->source, SD_EVENT_ON);
}

static int
on_second(sd_event_source *source, uint64_t usec, void *context)
{
	struct sw_control *control = context;
	struct sw_time now = sw_clock_now();

	(void)usec;
	for (size_t i = control->n_clients; i > 0; i--)
		if (sw_client_overdue(control->clients[i - 1], now))
			sw_client_close(control->clients[i - 1]);
	enable_listener(control);
	sw_cmd_busiest_run_due(control, now);
	sd_event_source_set_time_relative(source, SECOND_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int
on_wakeup(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct sw_control *control = context;
	uint64_t rung;

	(void)source;
	(void)events;
	if (read(fd, &rung, sizeof rung) < 0)
		return 0;
	for (size_t i = control->n_clients; i > 0; i--)
		sw_client_wake(control->clients[i - 1]);
	return 0;
}

void
sw_control_server_follow(struct sw_control *control, bool more)
{
	control->followers += more ? 1 : (size_t)-1;
	sw_reporter_follow(control->daemon->reporter, control->followers > 0);
}

void
sw_control_server_forget(struct sw_control *control, struct sw_client *client)
{
	for (size_t i = 0; i < control->n_clients; i++)
		if (control->clients[i] == client) {
			control->clients[i] =
			    control->clients[--control->n_clients];
			break;
		}
	enable_listener(control);
}

static gid_t
group_named(const char *name)
{
	const struct group *group = getgrnam(name);

	return group != NULL ? group->gr_gid : (gid_t)-1;
}

/* Is there a live daemon at that address? */
static bool
is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive = fd >= 0 && (connect(fd, (const struct sockaddr *)address,
				     sizeof *address) == 0 ||
				    errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return alive;
}

static void
make_directory(const char *path)
{
	char directory[SW_CONF_PATH];
	char *slash;

	snprintf(directory, sizeof directory, "%s", path);
	slash = strrchr(directory, '/');
	if (slash == NULL || slash == directory)
		return;
	*slash = '\0';
	/* If this fails, binding reports the reason. */
	if (mkdir(directory, 0755) < 0)
		return;
}

/* Creates the file under a temporary name first, so that it appears complete.
 * => 0 or -errno */
static int
bind_and_rename(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n =
	    snprintf(address.sun_path, sizeof address.sun_path, "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	unlink(address.sun_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	if (chmod(address.sun_path, 0666) < 0 || listen(fd, BACKLOG) < 0 ||
	    rename(address.sun_path, path) < 0) {
		int error = -errno;

		unlink(address.sun_path);
		return error;
	}
	return 0;
}

static int
open_socket(struct sw_control *control)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat file;
	int error;

	if (strlen(control->path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, control->path);
	if (is_alive(&address))
		return -EADDRINUSE;
	make_directory(control->path);
	control->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	error = bind_and_rename(control->fd, control->path);
	if (error == 0 && stat(control->path, &file) == 0) {
		control->device = file.st_dev;
		control->inode = file.st_ino;
	}
	return error;
}

/* All sources have a lower priority than signals, timers and the watchdog. */
static int
attach(struct sw_control *control)
{
	sd_event *loop = control->daemon->loop;
	int error;

	if ((error = sd_event_add_io(loop, &control->source, control->fd,
		 EPOLLIN, on_accept, control)) < 0 ||
	    (error = sd_event_add_time_relative(loop, &control->timer,
		 CLOCK_MONOTONIC, SECOND_US, 0, on_second, control)) < 0 ||
	    (error = sd_event_add_io(loop, &control->wakeup,
		 sw_reporter_follow(control->daemon->reporter, false), EPOLLIN,
		 on_wakeup, control)) < 0)
		return error;
	sd_event_source_set_priority(
	    control->source, SD_EVENT_PRIORITY_NORMAL + 10);
	sd_event_source_set_priority(
	    control->wakeup, SD_EVENT_PRIORITY_NORMAL + 10);
	enable_listener(control);
	return 0;
}

int
sw_control_server_open(
    struct sw_daemon *daemon, sw_control_reload *reload, char *why, size_t size)
{
	const struct sw_conf_control *conf = &daemon->conf->control;
	struct sw_control *control = calloc(1, sizeof *control);
	int error;

	if (control == NULL) {
		snprintf(why, size, "out of memory");
		return -ENOMEM;
	}
	control->daemon = daemon;
	control->reload = reload;
	control->fd = control->reserve = -1;
	control->group = group_named(conf->group);
	control->read_group = group_named(conf->read_group);
	snprintf(control->path, sizeof control->path, "%s", conf->socket);
	control->hints =
	    sw_hints_create(sw_saved_reports_silences(&daemon->reports));
	if (control->hints != NULL)
		sw_hints_use_synproxy(control->hints, daemon->synproxy);
	if (control->hints != NULL && daemon->tap_stats != NULL)
		sw_hints_speak_kernel(control->hints, &daemon->kernel);
	error = control->hints == NULL ? -ENOMEM : open_socket(control);
	if (error < 0) {
		snprintf(why, size, "%s: %s", conf->socket,
		    error == -EADDRINUSE ? "another synwardd answers there"
					 : strerror(-error));
		sw_control_server_stop(control);
		return error;
	}
	daemon->control = control;
	return 0;
}

int
sw_control_server_start(struct sw_daemon *daemon)
{
	int error = attach(daemon->control);

	if (error < 0) {
		sw_control_server_stop(daemon->control);
		daemon->control = NULL;
	}
	return error;
}

/* A successor may have put its own socket there. */
static void
remove_file(const struct sw_control *control)
{
	struct stat file;

	if (control->inode != 0 && stat(control->path, &file) == 0 &&
	    file.st_dev == control->device && file.st_ino == control->inode)
		unlink(control->path);
}

void
sw_control_server_stop(struct sw_control *control)
{
	if (control == NULL)
		return;
	while (control->n_clients > 0)
		sw_client_close(control->clients[control->n_clients - 1]);
	sd_event_source_unref(control->source);
	sd_event_source_unref(control->timer);
	sd_event_source_unref(control->wakeup);
	remove_file(control);
	if (control->reserve >= 0)
		close(control->reserve);
	if (control->fd >= 0)
		close(control->fd);
	sw_cmd_busiest_free(control->meter);
	sw_hints_destroy(control->hints);
	free(control);
}
