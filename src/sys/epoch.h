/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoch.h - how readers without locks and one writer agree when memory may go.
 *
 * A reader thread registers once, goes online before a batch of work and offline before it waits; between the two every
 * pointer it loads stays valid. A writer replaces a pointer, then calls epoch_synchronize, which returns when every
 * reader that was online at the call has been offline since; then the old memory can be freed. Built on C11 atomics
 * (see Fraser, "Practical lock-freedom", 2004, and McKenney's quiescent-state-based reclamation), so TSan sees it.
 *
 * A thread that must wait while it uses a pointer must not be online: it copies what it needs, or holds its own lock
 * against the writer.
 */
#ifndef FF_SYS_EPOCH_H
#define FF_SYS_EPOCH_H

#include "base/common.h"

enum { EPOCH_READERS_MAX = 256 };

/* Registers the calling thread; ends the process past EPOCH_READERS_MAX. Paired with epoch_unregister. */
void epoch_register(void);
void epoch_unregister(void);
/* Nests. Cheap: a store and a fence. */
void epoch_online(void);
void epoch_offline(void);
/* Waits for all readers that are online now. Must not be called online. */
void epoch_synchronize(void);

#endif
