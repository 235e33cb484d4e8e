-- SPDX-License-Identifier: Apache-2.0
DROP TABLE idempotency;
DROP TABLE changes;
