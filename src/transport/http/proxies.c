/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/proxies.h"

bool
proxies_parse(ff_str list, struct proxies *ret)
{
	ff_str item;

	ret->n = 0;
	while (list.n) {
		ff_str_cut(list, ',', &item, &list);
		if (ret->n == PROXIES_MAX || !network_parse(ff_str_trim(item), &ret->networks[ret->n]))
			return false;
		ret->n++;
	}
	return true;
}

static bool
is_trusted(const struct proxies *p, const struct address *a)
{
	for (unsigned i = 0; i < p->n; i++)
		if (network_has(&p->networks[i], a))
			return true;
	return false;
}

/* Cuts the last of a list off it. */
static ff_str
cut_last(ff_str *list)
{
	size_t at = list->n;
	ff_str last;

	while (at > 0 && list->p[at - 1] != ',')
		at--;
	last = ff_str_from(*list, at);
	list->n = at > 0 ? at - 1 : 0;
	return ff_str_trim(last);
}

struct address
proxies_origin(const struct proxies *p, const struct http_request *r)
{
	struct address origin = {0}, before;

	if (!address_parse(r->peer, &origin) || !is_trusted(p, &origin))
		return origin;
	/* Several fields are one list in their order (RFC 9110, section 5.3): the last is read first. */
	for (unsigned i = r->n_fields; i-- > 0;) {
		ff_str list = r->fields[i].value;

		if (!http_name_is(r->fields[i].name, FF_STR("X-Forwarded-For")))
			continue;
		while (list.n) {
			if (!address_parse(cut_last(&list), &before))
				return origin;
			origin = before;
			if (!is_trusted(p, &origin))
				return origin;
		}
	}
	return origin;
}
