/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - structured logs on stderr: one JSON object a line, or text for people.
 *
 *     log_info("http", "listening", LOG_STR("address", addr), LOG_UINT("port", port));
 *     {"ts":"2026-01-02T03:04:05.678Z","level":"info","component":"http","msg":"listening","address":"127.0.0.1","port":8080}
 *
 * Never log a key, token, DSN password or body. Any thread.
 */
#ifndef FF_OBSERVABILITY_LOG_H
#define FF_OBSERVABILITY_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_JSON, LOG_TEXT };

struct log_field {
	const char *name;
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_UINT, LOG_FIELD_DOUBLE, LOG_FIELD_BOOL } type;
	union {
		ff_str str;
		int64_t i;
		uint64_t u;
		double d;
		bool b;
	};
};

#define LOG_STR(name_, value_) ((struct log_field){.name = (name_), .type = LOG_FIELD_STR, .str = (value_)})
#define LOG_Z(name_, value_) LOG_STR(name_, ff_str_z(value_))
#define LOG_INT(name_, value_) ((struct log_field){.name = (name_), .type = LOG_FIELD_INT, .i = (value_)})
#define LOG_UINT(name_, value_) ((struct log_field){.name = (name_), .type = LOG_FIELD_UINT, .u = (value_)})
#define LOG_DOUBLE(name_, value_) ((struct log_field){.name = (name_), .type = LOG_FIELD_DOUBLE, .d = (value_)})
#define LOG_BOOL(name_, value_) ((struct log_field){.name = (name_), .type = LOG_FIELD_BOOL, .b = (value_)})
/* The code and detail of a failure. */
#define LOG_ERR(err_) LOG_Z("error", ff_status_code((err_)->status)), LOG_Z("detail", (err_)->detail)

/* Once, at start. */
void log_configure(enum log_level least, enum log_format format);
bool log_enabled(enum log_level level);
void
log_write(enum log_level level, const char *component, const char *msg, const struct log_field *fields, unsigned n);

#define LOG_AT(level, component, msg, ...)                                                                 \
	do {                                                                                                   \
		if (log_enabled(level)) {                                                                          \
			const struct log_field log_fields_[] = {__VA_ARGS__ __VA_OPT__(, ) LOG_STR(NULL, FF_STR(""))}; \
			log_write(level, component, msg, log_fields_, FF_COUNT(log_fields_) - 1);                      \
		}                                                                                                  \
	} while (0)
#define log_debug(component, msg, ...) LOG_AT(LOG_DEBUG, component, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_info(component, msg, ...) LOG_AT(LOG_INFO, component, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_warn(component, msg, ...) LOG_AT(LOG_WARN, component, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_error(component, msg, ...) LOG_AT(LOG_ERROR, component, msg __VA_OPT__(, ) __VA_ARGS__)

#endif
