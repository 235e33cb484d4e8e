-- SPDX-License-Identifier: Apache-2.0
DROP INDEX segments_deleted;
DROP INDEX flags_deleted;
