-- SPDX-License-Identifier: Apache-2.0
DROP TABLE flag_environments;
DROP TABLE flags;
DROP TABLE keys;
DROP TABLE environments;
DROP TABLE tenants;
