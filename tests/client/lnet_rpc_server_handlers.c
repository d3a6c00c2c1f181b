// SPDX-License-Identifier: GPL-2.0
/*
 * The server on the handler interface: rpc_lnet.h. It is one file because kbuild compiles no file
 * twice for two modules.
 */
#define RPC_HANDLERS

#include "server_main.c"
#include "server_portal.c"
#include "server_service.c"
#include "server_request.c"
#include "server_transfer.c"
#include "server_store.c"
#include "server_stat.c"
