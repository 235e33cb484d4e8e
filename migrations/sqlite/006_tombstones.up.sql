-- SPDX-License-Identifier: Apache-2.0
-- For housekeeping, which looks for the oldest.
CREATE INDEX flags_deleted ON flags (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX segments_deleted ON segments (deleted_at) WHERE deleted_at IS NOT NULL;
