/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-ntpdate SERVER: asks for the time and sets the clock by the first good answer. A program of
 * its own, so that looking up a name and waiting hold up nobody, and Ctrl-C ends it. It prints the
 * new time and by how much the clock was wrong; exit status 1 when it was not set. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/version.h"
#include "control/service/sntp.h"

#define TRIES     3
#define WAIT_MSEC 1000
#define NSEC      1000000000ll

static int64_t clock_nsec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NSEC + now.tv_nsec;
}

/* Waits for the answer to one question, throwing away what is none. -ETIMEDOUT. */
static int wait_answer(int fd, uint64_t nonce, int64_t sent, int64_t *offset, const char **why)
{
	int64_t end = clock_nsec(CLOCK_MONOTONIC) + WAIT_MSEC * (NSEC / 1000);

	for (;;) {
		int64_t left = (end - clock_nsec(CLOCK_MONOTONIC)) / (NSEC / 1000);
		struct pollfd readable = {.fd = fd, .events = POLLIN};
		uint8_t data[512];
		ssize_t bytes;
		int rc;

		if (left <= 0 || poll(&readable, 1, (int)left) <= 0)
			return -ETIMEDOUT;
		bytes = recv(fd, data, sizeof(data), 0);
		if (bytes < 0)
			return -errno;
		rc = sntp_answer(
		    data, (size_t)bytes, nonce, sent, clock_nsec(CLOCK_REALTIME), offset, why);
		if (rc != -EAGAIN)
			return rc;
	}
}

/* The socket is connected: what others send does not come. */
static int ask(const struct addrinfo *at, int64_t *offset, const char **why)
{
	int fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -ETIMEDOUT;

	*why = NULL;
	if (fd < 0 || connect(fd, at->ai_addr, at->ai_addrlen)) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	for (unsigned i = 0; i < TRIES && rc == -ETIMEDOUT; i++) {
		uint8_t question[SNTP_BYTES];
		uint64_t nonce;
		int64_t sent;

		if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
			break;
		sntp_question(nonce, question);
		sent = clock_nsec(CLOCK_REALTIME);
		rc = send(fd, question, sizeof(question), 0) < 0
			 ? -errno
			 : wait_answer(fd, nonce, sent, offset, why);
	}
	close(fd);
	return rc;
}

/* "2026/11/22 08:00:00 +2second", as the router says it. */
static int set_clock(int64_t offset)
{
	int64_t now = clock_nsec(CLOCK_REALTIME) + offset, rounded = offset / NSEC;
	struct timespec time = {.tv_sec = now / NSEC, .tv_nsec = now % NSEC};
	char text[32];
	struct tm local;

	if (now < 0 || clock_settime(CLOCK_REALTIME, &time)) {
		fprintf(stderr, "the clock cannot be set: %s\n",
		    now < 0 ? "no such time" : strerror(errno));
		return EXIT_FAILURE;
	}
	localtime_r(&time.tv_sec, &local);
	strftime(text, sizeof(text), "%Y/%m/%d %H:%M:%S", &local);
	printf("%s %+lldsecond\n", text, (long long)rounded);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct addrinfo *found = NULL;
	const char *why = NULL;
	int64_t offset = 0;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("cgw-ntpdate " CGW_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc != 2) {
		fputs("usage: cgw-ntpdate SERVER\n", stderr);
		return 2;
	}
	rc = getaddrinfo(argv[1], SNTP_PORT, &hints, &found);
	if (rc) {
		fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(rc));
		return EXIT_FAILURE;
	}
	rc = -ETIMEDOUT;
	for (const struct addrinfo *at = found; at && rc; at = at->ai_next)
		rc = ask(at, &offset, &why);
	freeaddrinfo(found);
	if (rc == 0)
		return set_clock(offset);
	fprintf(stderr, "%s: %s\n", argv[1],
	    why                ? why
	    : rc == -ETIMEDOUT ? "no answer"
			       : strerror(-rc));
	return EXIT_FAILURE;
}
