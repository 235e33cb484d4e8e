-- SPDX-License-Identifier: Apache-2.0
DROP TABLE flag_environments;
DROP TABLE flags;
DROP TABLE environments;
DROP TABLE tenants;
PRAGMA application_id = 0;
