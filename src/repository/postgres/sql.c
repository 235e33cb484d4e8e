/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/postgres/sql.h"

#include <endian.h>
#include <stdio.h>

#include "base/buf.h"
#include "repository/postgres/connection.h"
#include "repository/postgres/statements.h"

enum { ARRAYS_BYTES_MAX = 64 << 20, BINARY = 1 };

/* pg_type.oid of the types of arguments: part of PostgreSQL's interface, never changed. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_TEXT_ARRAY = 1009, OID_INT8_ARRAY = 1016 };

static const Oid oids[] = {
	[SQL_ARG_INT] = OID_INT8,
	[SQL_ARG_BOOL] = OID_BOOL,
	[SQL_ARG_TEXT] = OID_TEXT,
	[SQL_ARG_BLOB] = OID_BYTEA,
	[SQL_ARG_TEXTS] = OID_TEXT_ARRAY,
	[SQL_ARG_INTS] = OID_INT8_ARRAY,
};

/* Arguments as libpq takes them. */
struct params {
	Oid types[SQL_ARGS_MAX];
	const char *values[SQL_ARGS_MAX];
	int lengths[SQL_ARGS_MAX], formats[SQL_ARGS_MAX];
	uint64_t numbers[SQL_ARGS_MAX];
	char bools[SQL_ARGS_MAX];
	struct ff_buf arrays; /* one after the other */
	size_t array_at[SQL_ARGS_MAX];
};

static void
put_u32(struct ff_buf *b, size_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	ff_buf_put(b, &wire, sizeof wire);
}

/* array_send() of PostgreSQL: dimensions, no NULLs, element type, and of the only one its size and lower bound. */
static void
put_array(struct ff_buf *b, const struct sql_arg *arg)
{
	put_u32(b, arg->n ? 1 : 0);
	put_u32(b, 0);
	put_u32(b, arg->type == SQL_ARG_TEXTS ? OID_TEXT : OID_INT8);
	if (arg->n) {
		put_u32(b, arg->n);
		put_u32(b, 1);
	}
	for (size_t i = 0; i < arg->n; i++)
		if (arg->type == SQL_ARG_TEXTS) {
			put_u32(b, arg->texts[i].n);
			ff_buf_str_put(b, arg->texts[i]);
		} else {
			uint64_t wire = htobe64((uint64_t)arg->numbers[i]);

			put_u32(b, sizeof wire);
			ff_buf_put(b, &wire, sizeof wire);
		}
}

static void
encode(struct params *p, size_t i, const struct sql_arg *arg)
{
	switch (arg->type) {
	case SQL_ARG_INT:
		p->numbers[i] = htobe64((uint64_t)arg->number);
		p->values[i] = (const char *)&p->numbers[i];
		p->lengths[i] = sizeof p->numbers[i];
		break;
	case SQL_ARG_BOOL:
		p->bools[i] = arg->number != 0;
		p->values[i] = &p->bools[i];
		p->lengths[i] = 1;
		break;
	case SQL_ARG_TEXT:
		p->values[i] = arg->text.n ? arg->text.p : "";
		p->lengths[i] = (int)arg->text.n;
		break;
	case SQL_ARG_BLOB:
		p->values[i] = arg->text.n ? arg->text.p : NULL;
		p->lengths[i] = (int)arg->text.n;
		break;
	case SQL_ARG_TEXTS:
	case SQL_ARG_INTS:
		p->array_at[i] = p->arrays.n;
		put_array(&p->arrays, arg);
		p->lengths[i] = (int)(p->arrays.n - p->array_at[i]);
		break;
	}
	p->types[i] = oids[arg->type];
	p->formats[i] = BINARY;
}

static ff_status
encode_all(struct params *p, struct sql_args args, struct ff_err *reterr)
{
	ff_assert(args.n <= SQL_ARGS_MAX);
	for (size_t i = 0; i < args.n; i++)
		encode(p, i, &args.items[i]);
	if (p->arrays.overflow)
		return ff_fail(reterr, FF_ETOOLARGE, "more than %d bytes in one statement", ARRAYS_BYTES_MAX);
	for (size_t i = 0; i < args.n; i++) /* now that the buffer moves no more */
		if (args.items[i].type == SQL_ARG_TEXTS || args.items[i].type == SQL_ARG_INTS)
			p->values[i] = p->arrays.p + p->array_at[i];
	return FF_OK;
}

static ff_status
query(struct pg_connection *c, enum sql_statement which, enum document_kind kind, const struct params *p, size_t n,
	PGresult **ret, struct ff_err *reterr)
{
	unsigned k = pg_statements[which][DOCUMENT_SEGMENT] ? kind : 0; /* ONE fills the first only */
	PGresult *result = NULL;
	char name[24];

	(void)snprintf(name, sizeof name, "%d.%u", (int)which, k);
	if (!c->prepared[which][k]) {
		if (!PQsendPrepare(c->db, name, pg_statements[which][k], (int)n, p->types))
			return pg_connection_fail_send(c, reterr);
		FF_TRY(pg_connection_receive(c, &result, reterr));
		PQclear(result);
		c->prepared[which][k] = true;
	}
	if (!PQsendQueryPrepared(c->db, name, (int)n, p->values, p->lengths, p->formats, BINARY))
		return pg_connection_fail_send(c, reterr);
	return pg_connection_receive(c, ret, reterr);
}

ff_status
pg_query(struct pg_connection *c, enum sql_statement which, enum document_kind kind, struct sql_args args,
	struct pg_rows *ret, struct ff_err *reterr)
{
	struct params p = {.types = {0}};
	PGresult *result = NULL;
	ff_status status;

	if (c->failed != FF_OK)
		return ff_fail(reterr, c->failed, "the transaction was lost to an earlier failure");
	ff_buf_init(&p.arrays, ARRAYS_BYTES_MAX);
	status = encode_all(&p, args, reterr);
	if (status == FF_OK)
		status = query(c, which, kind, &p, args.n, &result, reterr);
	ff_buf_release(&p.arrays);
	FF_TRY(status);
	pg_rows_release(ret);
	*ret = (struct pg_rows){.result = result, .next = 0, .n = PQntuples(result)};
	return FF_OK;
}

ff_status
pg_run(struct pg_connection *c, enum sql_statement which, enum document_kind kind, struct sql_args args,
	struct ff_err *reterr)
{
	FF_CLEANUP(pg_rows_release) struct pg_rows rows = {0};

	return pg_query(c, which, kind, args, &rows, reterr);
}

bool
pg_next(struct pg_rows *rows)
{
	if (rows->next == rows->n)
		return false;
	rows->next++;
	return true;
}

void
pg_rows_release(struct pg_rows *rows)
{
	PQclear(rows->result);
	*rows = (struct pg_rows){0};
}

int64_t
pg_int(const struct pg_rows *rows, int column)
{
	uint64_t wire = 0;

	if (PQgetisnull(rows->result, rows->next - 1, column))
		return 0;
	ff_assert(PQgetlength(rows->result, rows->next - 1, column) == sizeof wire);
	memcpy(&wire, PQgetvalue(rows->result, rows->next - 1, column), sizeof wire);
	return (int64_t)be64toh(wire);
}

bool
pg_bool(const struct pg_rows *rows, int column)
{
	return *PQgetvalue(rows->result, rows->next - 1, column) != 0;
}

ff_str
pg_text(const struct pg_rows *rows, int column)
{
	return ff_str_of(
		PQgetvalue(rows->result, rows->next - 1, column), (size_t)PQgetlength(rows->result, rows->next - 1, column));
}
