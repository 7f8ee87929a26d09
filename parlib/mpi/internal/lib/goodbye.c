//go:build mpi

// MPICH from release 5 on tells its launcher that a process has finalized when the C library runs the functions of atexit. Programs
// of Go end without that, and the launcher kills those that end a little later. So the message is sent here, unless MPI_Finalize has
// sent it: then it has closed the connection.

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge.h"

// The connection to the launcher, in version 1 of its protocol, as it was before anything used it.
static int connection = -1;
static struct stat identity;

void bridge_know_launcher(void)
{
	const char *fd = getenv("PMI_FD");
	connection = fd != NULL ? atoi(fd) : -1;
	if (connection >= 0 && fstat(connection, &identity) != 0)
		connection = -1;
}

void bridge_take_leave(void)
{
	static const char leave[] = "cmd=finalize\n";
	struct stat now;
	if (connection < 0 || fstat(connection, &now) != 0 || now.st_ino != identity.st_ino || now.st_dev != identity.st_dev)
		return;
	if (send(connection, leave, sizeof leave - 1, MSG_NOSIGNAL) != sizeof leave - 1)
		return;
	// The launcher answers with a line, which means that it knows.
	char answer[256];
	struct pollfd p = {.fd = connection, .events = POLLIN};
	while (poll(&p, 1, 1000) > 0) {
		ssize_t n = read(connection, answer, sizeof answer);
		if (n <= 0 || memchr(answer, '\n', n) != NULL)
			return;
	}
}
