/* SPDX-License-Identifier: Apache-2.0 */
#include "app/lifecycle.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/build_info.h"
#include "app/wiring.h"
#include "base/map.h"
#include "observability/log.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "transport/http/ops/ops.h"

enum {
	MS_PER_S = 1000,
	NS_PER_MS = 1000000,
	SAME_SIGNAL_MS = 200,    /* faster than any hand */
	GRACE_MARGIN_MS = 500,   /* of SHUTDOWN_GRACE_S, for closing the store when every request is done */
	DESCRIPTORS_BESIDE = 64, /* files that are no connections: store, sockets, loops */
	/* Threads share this many heaps: each costs memory, and requests hardly ever allocate. */
	HEAPS_MAX = 2,
};

static void
warn_unknown(void *arg, ff_str name)
{
	(void)arg;
	log_warn("config", "this variable is not one of ours; `ffs config` lists them", LOG_STR("variable", name));
}

/* Signals are taken by who asks for them: the main thread, then the stop watch. Threads inherit the mask. */
static sigset_t
take_signals(void)
{
	sigset_t ending;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	signal(SIGPIPE, SIG_IGN);
	return ending;
}

/* Raises the limit on open files to fit `need`, or as far as the system lets it go; what it then is. */
static rlim_t
raise_descriptor_limit(rlim_t need)
{
	struct rlimit limit, higher = {.rlim_cur = need, .rlim_max = need};

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
		return limit.rlim_cur;
	if (limit.rlim_max < need && setrlimit(RLIMIT_NOFILE, &higher) == 0)
		return need; /* only root may */
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

/* MAX_CONNECTIONS, or as many as files can be open: a connection that cannot be accepted is worse than one refused. */
static unsigned
fit_connections(const struct config *config)
{
	rlim_t files = raise_descriptor_limit((rlim_t)config->max_connections + DESCRIPTORS_BESIDE);
	unsigned fitting = files > DESCRIPTORS_BESIDE ? (unsigned)(files - DESCRIPTORS_BESIDE) : 1;

	if (fitting >= config->max_connections)
		return config->max_connections;
	LOG_AT(config->origins[CONFIG_INDEX_max_connections] == CONFIG_FROM_DEFAULT ? LOG_DEBUG : LOG_WARN, "app",
		"the limit on open files allows fewer than MAX_CONNECTIONS", LOG_UINT("connections", fitting),
		LOG_UINT("open_files", files));
	return fitting;
}

/* What keeps an eye on a stop. */
struct stop_watch {
	sigset_t ending;
	uint64_t began_ms, deadline_ms;
};

/* As if nobody had ever caught it: the parent sees which signal it was. */
static FF_NORETURN void
leave_by(int signo)
{
	sigset_t one;

	log_warn("app", "a second signal; leaving at once");
	sigemptyset(&one);
	sigaddset(&one, signo);
	raise(signo);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	_exit(EXIT_FAILURE);
}

/*
 * Ends the process at a second signal, and when it has not stopped by the deadline: a supervisor's patience is no
 * longer. A signal right behind the first is the same one, sent to the process and to its group (timeout(1) does).
 */
static void *
watch_stop(void *arg)
{
	const struct stop_watch *watch = arg;

	for (uint64_t now = watch->began_ms; now < watch->deadline_ms; now = clock_mono_ms()) {
		uint64_t left_ms = watch->deadline_ms - now;
		struct timespec left = {
			.tv_sec = (time_t)(left_ms / MS_PER_S), .tv_nsec = (long)(left_ms % MS_PER_S) * NS_PER_MS};
		int signo = sigtimedwait(&watch->ending, NULL, &left);

		if (signo > 0 && clock_mono_ms() - watch->began_ms >= SAME_SIGNAL_MS)
			leave_by(signo);
	}
	log_error("app", "not stopped within SHUTDOWN_GRACE_S; leaving");
	_exit(EXIT_FAILURE);
}

static void
sleep_s(unsigned seconds)
{
	struct timespec left = {.tv_sec = seconds};

	while (left.tv_sec + left.tv_nsec > 0 && nanosleep(&left, &left) != 0)
		;
}

static void
stop(const struct config *config, struct wiring *w, const sigset_t *ending)
{
	unsigned grace_ms = config->shutdown_grace_s * MS_PER_S;
	struct stop_watch watch = {.ending = *ending, .began_ms = clock_mono_ms()};
	pthread_t watcher;
	bool watched;

	watch.deadline_ms = watch.began_ms + (uint64_t)config->shutdown_delay_s * MS_PER_S + grace_ms;
	watched = pthread_create(&watcher, NULL, watch_stop, &watch) == 0;
	ops_set_draining(w->ops);
	sleep_s(config->shutdown_delay_s);
	wiring_close(w, grace_ms - GRACE_MARGIN_MS);
	if (watched) {
		pthread_cancel(watcher); /* it waits */
		pthread_join(watcher, NULL);
	}
}

ff_status
lifecycle_run(const struct config *config, struct ff_err *reterr)
{
	sigset_t ending = take_signals();
	struct config fitted = *config;
	struct wiring w;
	int signo;

	mallopt(M_ARENA_MAX, HEAPS_MAX);
	log_configure((enum log_level)config->log_level, (enum log_format)config->log_format);
	config_unknown(environ, warn_unknown, NULL);
	ff_map_seed(random_u64());
	fitted.max_connections = fit_connections(config);
	FF_TRY(wiring_open(&fitted, &w, reterr));
	log_info("app", config->dev ? "serving, without keys" : "serving", LOG_Z("address", config->bind_addr),
		LOG_UINT("port", http_server_port(w.server)), LOG_Z("version", build_version),
		LOG_Z("store", w.repository->ops->name), LOG_Z("data_dir", config->data_dir));
	sigwait(&ending, &signo);
	log_info("app", "stopping", LOG_Z("signal", signo == SIGINT ? "SIGINT" : "SIGTERM"),
		LOG_UINT("delay_s", config->shutdown_delay_s), LOG_UINT("grace_s", config->shutdown_grace_s));
	stop(config, &w, &ending);
	log_info("app", "stopped");
	return FF_OK;
}
