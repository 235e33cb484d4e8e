/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h - samples.json: flags to play with, imported at the first start with --dev. */
#ifndef FF_APP_SAMPLES_H
#define FF_APP_SAMPLES_H

extern const char samples_json[];

#endif
