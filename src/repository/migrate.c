/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/migrate.h"

/* Where a step goes, or that there is none. */
struct step {
	const struct migration *migration; /* NULL: done */
	bool down;
};

typedef ff_status (*plan_fn)(
	const struct migration_set *set, unsigned version, unsigned target, struct step *ret, struct ff_err *reterr);

static ff_status
fail_dirty(const struct migration_set *set, struct migrate_state state, struct ff_err *reterr)
{
	return ff_fail(reterr, FF_ESTORAGE,
		"the %s schema is dirty: the migration to version %u has failed before; see that the schema is whole, then say "
		"which version it is with `ffs migrate force VERSION`",
		set->store, state.version);
}

static ff_status
check(const struct migration_set *set, struct migrate_state state, struct ff_err *reterr)
{
	if (state.version > set->n)
		return ff_fail(reterr, FF_ESTORAGE,
			"the %s schema is at version %u and this ffs knows versions up to %u: run the newer ffs that made it, or "
			"go back with that one's `ffs migrate down`",
			set->store, state.version, set->n);
	if (state.dirty)
		return fail_dirty(set, state, reterr);
	return FF_OK;
}

static ff_status
plan_up(const struct migration_set *set, unsigned version, unsigned target, struct step *ret, struct ff_err *reterr)
{
	if (version > target)
		return ff_fail(reterr, FF_EINVALID, "the %s schema is at version %u, past %u: go back with `ffs migrate down`",
			set->store, version, target);
	*ret = (struct step){.migration = version < target ? &set->items[version] : NULL};
	return FF_OK;
}

static ff_status
plan_down(const struct migration_set *set, unsigned version, unsigned target, struct step *ret, struct ff_err *reterr)
{
	(void)reterr;
	*ret = (struct step){.migration = version > target ? &set->items[version - 1] : NULL, .down = true};
	return FF_OK;
}

/* Inside the step's transaction. */
static ff_status
run(struct migrate_driver *d, const struct step *step, struct ff_err *reterr)
{
	const struct migration *m = step->migration;
	unsigned version = step->down ? m->version - 1 : m->version;

	FF_TRY(d->ops->exec(d, step->down ? m->down : m->up, reterr));
	FF_TRY(d->ops->set(d, (struct migrate_state){.version = version}, reterr));
	return d->ops->commit(d, reterr);
}

/* Marks the schema, so that nobody goes on as if nothing had been. */
static ff_status
leave_dirty(struct migrate_driver *d, unsigned version, struct ff_err *reterr)
{
	struct migrate_state state = {.version = version, .dirty = true};
	ff_status status;

	FF_TRY(d->ops->begin(d, reterr));
	status = d->ops->set(d, state, reterr);
	if (status == FF_OK)
		status = d->ops->commit(d, reterr);
	if (status != FF_OK)
		d->ops->rollback(d);
	return status;
}

/* After the rollback of a step that failed for `cause`. */
static ff_status
fail_step(struct migrate_driver *d, const struct step *step, const struct ff_err *cause, struct ff_err *reterr)
{
	const struct migration *m = step->migration;
	const char *direction = step->down ? "down" : "up";
	unsigned before = step->down ? m->version : m->version - 1, after = step->down ? m->version - 1 : m->version;

	if (cause->status != FF_EINVALID)
		return ff_fail(reterr, cause->status, "migration %s.%s.sql was undone: %s; run it again when that is solved",
			m->name, direction, cause->detail);
	FF_TRY(leave_dirty(d, after, reterr));
	return ff_fail(reterr, FF_ESTORAGE,
		"migration %s.%s.sql failed and was undone: %s; repair the cause, then `ffs migrate force %u` and run it again",
		m->name, direction, cause->detail, before);
}

/* One transaction: looks where the schema is, and takes the step from there. */
static ff_status
migrate_step(struct migrate_driver *d, const struct migration_set *set, plan_fn plan, unsigned target,
	struct step *step, struct ff_err *reterr)
{
	struct migrate_state state;
	struct ff_err cause;
	ff_status status;

	FF_TRY(d->ops->begin(d, reterr));
	status = d->ops->get(d, &state, reterr);
	if (status == FF_OK)
		status = check(set, state, reterr);
	if (status == FF_OK)
		status = plan(set, state.version, target, step, reterr);
	if (status != FF_OK || !step->migration) {
		d->ops->rollback(d);
		return status;
	}
	status = run(d, step, &cause);
	if (status == FF_OK)
		return FF_OK;
	d->ops->rollback(d);
	return fail_step(d, step, &cause, reterr);
}

static ff_status
migrate_all(struct migrate_driver *d, const struct migration_set *set, plan_fn plan, unsigned target, unsigned *ret_n,
	struct ff_err *reterr)
{
	*ret_n = 0;
	for (unsigned i = 0; i <= set->n; i++) { /* no plan has more steps than there are migrations */
		struct step step;

		FF_TRY(migrate_step(d, set, plan, target, &step, reterr));
		if (!step.migration)
			return FF_OK;
		++*ret_n;
	}
	return ff_fail(reterr, FF_ESTORAGE, "another process migrates the %s schema the other way", set->store);
}

ff_status
migrate_up(struct migrate_driver *d, const struct migration_set *set, unsigned to, unsigned *ret_applied,
	struct ff_err *reterr)
{
	*ret_applied = 0;
	if (to > set->n)
		return ff_fail(
			reterr, FF_EINVALID, "there is no version %u of the %s schema, only 1 to %u", to, set->store, set->n);
	return migrate_all(d, set, plan_up, to == MIGRATE_LATEST ? set->n : to, ret_applied, reterr);
}

ff_status
migrate_down(
	struct migrate_driver *d, const struct migration_set *set, unsigned n, unsigned *ret_undone, struct ff_err *reterr)
{
	struct migrate_state state;

	*ret_undone = 0;
	FF_TRY(migrate_status(d, &state, reterr));
	FF_TRY(check(set, state, reterr));
	return migrate_all(d, set, plan_down, n < state.version ? state.version - n : 0, ret_undone, reterr);
}

ff_status
migrate_require(struct migrate_driver *d, const struct migration_set *set, struct ff_err *reterr)
{
	struct migrate_state state;

	FF_TRY(migrate_status(d, &state, reterr));
	if (state.dirty)
		return fail_dirty(set, state, reterr);
	if (state.version < set->n)
		return ff_fail(reterr, FF_ESTORAGE,
			"the %s schema is at version %u and this ffs needs version %u: run `ffs migrate up`, or `ffs serve "
			"--migrate`",
			set->store, state.version, set->n);
	return FF_OK;
}

ff_status
migrate_status(struct migrate_driver *d, struct migrate_state *ret, struct ff_err *reterr)
{
	return d->ops->get(d, ret, reterr);
}

ff_status
migrate_force(struct migrate_driver *d, const struct migration_set *set, unsigned version, struct ff_err *reterr)
{
	ff_status status;

	if (version > set->n)
		return ff_fail(
			reterr, FF_EINVALID, "there is no version %u of the %s schema, only 0 to %u", version, set->store, set->n);
	FF_TRY(d->ops->begin(d, reterr));
	status = d->ops->set(d, (struct migrate_state){.version = version}, reterr);
	if (status == FF_OK)
		status = d->ops->commit(d, reterr);
	if (status != FF_OK)
		d->ops->rollback(d);
	return status;
}
