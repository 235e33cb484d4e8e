-- SPDX-License-Identifier: Apache-2.0
DROP TABLE outcomes;
DELETE FROM tenants WHERE id = 0;
