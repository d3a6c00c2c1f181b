// SPDX-License-Identifier: GPL-2.0
/*
 * attack ADDRESS PORT COMMAND: the commands with which tests/guest/attack measures how honest
 * peers of ADDRESS fare while others attack it. Each prints a line of JSON.
 */
#include "attack.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: attack list | attack ADDRESS PORT COMMAND\n"
	"  serve               be a plain server there\n"
	"  witness SECONDS     ping it, one at a time\n"
	"  newcomers SECONDS   come, ping and go, ten times a second\n"
	"  run ATTACK SECONDS [CALLERS]\n"
	"                      an attack of 'attack list', or 'peers', which is none\n"
	"  watch SECONDS       memory, threads, sockets of this machine: the most there was\n"
	"  sockets             how many sockets have that port, except old and listening ones\n";

static int refuse(void)
{
	fputs(usage, stderr);
	return 2;
}

static int run(const char *name, const char *seconds, const char *callers)
{
	const struct attack *a = attack_find(name);

	if (a)
		return crowd_run(a, atoi(seconds), callers ? atoi(callers) : 0);
	fprintf(stderr, "there is no attack '%s': see the list\n", name);
	return 2;
}

static int command(int words, char **word)
{
	if (words == 1 && !strcmp(word[0], "serve"))
		return server();
	if (words == 1 && !strcmp(word[0], "sockets"))
		return watch_sockets();
	if (words == 2 && !strcmp(word[0], "witness"))
		return witness(atoi(word[1]));
	if (words == 2 && !strcmp(word[0], "newcomers"))
		return newcomers(atoi(word[1]));
	if (words == 2 && !strcmp(word[0], "watch"))
		return watch(atoi(word[1]));
	if ((words == 3 || words == 4) && !strcmp(word[0], "run"))
		return run(word[1], word[2], words == 4 ? word[3] : NULL);
	return refuse();
}

int main(int argc, char **argv)
{
	struct in_addr target;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		attack_list();
		return 0;
	}
	if (argc < 4 || !inet_aton(argv[1], &target))
		return refuse();
	wire_target = ntohl(target.s_addr);
	sock_port = atoi(argv[2]);
	/* A connection that the other side has ended is an error, not the end. */
	signal(SIGPIPE, SIG_IGN);
	return command(argc - 3, argv + 3);
}
