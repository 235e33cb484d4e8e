-- SPDX-License-Identifier: Apache-2.0
DROP TABLE outcomes;
DROP TABLE changes;
