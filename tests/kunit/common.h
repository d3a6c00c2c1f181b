/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that the suites share, a header for each file, and the headers of the core that nearly
 * every suite needs. The shared C files include it, too; the shared headers do not.
 */
#ifndef _LNET_KUNIT_COMMON_H
#define _LNET_KUNIT_COMMON_H

#include <kunit/test.h>
#include <lnet/api.h>
#include <lnet/lnd.h>

#include "event/handle.h"
#include "event/object.h"
#include "event/stat.h"
#include "hooks/alloc.h"
#include "hooks/window.h"
#include "network/ni.h"

#include "common_buffer.h"
#include "common_case.h"
#include "common_count.h"
#include "common_device.h"
#include "common_log.h"
#include "common_object.h"
#include "common_record.h"
#include "common_side.h"
#include "common_sysfs.h"
#include "common_thread.h"
#include "common_time.h"
#include "common_window.h"
#include "fakelnd.h"

/* Last: its macros must not meet the prototypes of the API. */
#include "meter.h"

#endif /* _LNET_KUNIT_COMMON_H */
