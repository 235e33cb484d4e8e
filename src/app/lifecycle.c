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
#include "sys/random.h"
#include "transport/http/ops/ops.h"

enum {
	MS_PER_S = 1000,
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

/* Signals are taken by the main thread when it asks for them; threads started from here on inherit the mask. */
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

/* Restores what a signal does by default, so that a second one ends the process at once. */
static void
give_signals_back(const sigset_t *ending)
{
	pthread_sigmask(SIG_UNBLOCK, ending, NULL);
}

/* Sleeps to the end whatever interrupts it. */
static void
sleep_s(unsigned seconds)
{
	struct timespec left = {.tv_sec = seconds};

	while (left.tv_sec + left.tv_nsec > 0 && nanosleep(&left, &left) != 0)
		;
}

/* Ends the process when it has not stopped by then: a supervisor's patience is as short as SHUTDOWN_GRACE_S. */
static void *
watch_grace(void *arg)
{
	const unsigned *grace_s = arg;

	sleep_s(*grace_s);
	log_error("app", "not stopped within SHUTDOWN_GRACE_S; leaving", LOG_UINT("grace_s", *grace_s));
	_exit(EXIT_FAILURE);
}

static void
stop(const struct config *config, struct wiring *w)
{
	unsigned grace_s = config->shutdown_grace_s;
	pthread_t watcher;
	bool watched;

	ops_set_draining(w->ops);
	sleep_s(config->shutdown_delay_s);
	watched = pthread_create(&watcher, NULL, watch_grace, &grace_s) == 0;
	wiring_close(w, grace_s * MS_PER_S - GRACE_MARGIN_MS);
	if (watched) {
		pthread_cancel(watcher); /* it sleeps */
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
		LOG_Z("data_dir", config->data_dir));
	sigwait(&ending, &signo);
	give_signals_back(&ending);
	log_info("app", "stopping", LOG_Z("signal", signo == SIGINT ? "SIGINT" : "SIGTERM"),
		LOG_UINT("delay_s", config->shutdown_delay_s), LOG_UINT("grace_s", config->shutdown_grace_s));
	stop(config, &w);
	log_info("app", "stopped");
	return FF_OK;
}
