// SPDX-License-Identifier: GPL-2.0
/*
 * The client on the handler interface: rpc_lnet.h. It is one file because kbuild compiles no file
 * twice for two modules.
 */
#define RPC_HANDLERS

#include "client_main.c"
#include "client_rpc.c"
#include "client_event.c"
#include "client_bulk.c"
#include "client_pool.c"
#include "client_file.c"
#include "client_read.c"
#include "client_write.c"
#include "client_device.c"
#include "client_stat.c"
