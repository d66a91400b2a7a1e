/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

/*
 * The raw limit: how fast one core hands probes of 44 octets to the kernel
 * when it does nothing else.
 *   raw SOURCE FIRST COUNT TTL     (runs where nothing can leave)
 */
enum { LEN = 44, DST = 16 };

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double
cpu_s(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return seconds(&r.ru_utime) + seconds(&r.ru_stime);
}

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
send_one(int fd, const uint8_t *packet)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	memcpy(&to.sin_addr, packet + DST, sizeof(to.sin_addr));
	while (sendto(fd, packet, LEN, 0, (const struct sockaddr *)&to,
		   sizeof(to)) < 0) {
		if (errno == EAGAIN || errno == ENOBUFS)
			continue;
		perror("raw: sendto");
		exit(EXIT_FAILURE);
	}
}

int
main(int argc, char **argv)
{
	uint8_t packet[LEN] = {0x45, 0, 0, LEN, 0, 1, 0x40, 0, 1, IPPROTO_UDP};
	static const uint8_t ports[] = {0x82, 0xb0, 0x82, 0x9a, 0, 24, 1, 1};
	if (argc != 5) {
		fputs("usage: raw SOURCE FIRST COUNT TTL\n", stderr);
		return 64;
	}
	uint32_t source = inet_addr(argv[1]), first = ntohl(inet_addr(argv[2]));
	uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
	packet[8] = (uint8_t)strtoul(argv[4], NULL, 10);
	memcpy(packet + 12, &source, sizeof(source));
	memcpy(packet + 20, ports, sizeof(ports));
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_RAW);
	if (fd < 0) {
		perror("raw: socket");
		return EXIT_FAILURE;
	}
	double wall = now_s(), cpu = cpu_s();
	for (uint32_t i = 0; i < count; i++) {
		uint32_t dst = htonl(first + i % 32768);
		memcpy(packet + DST, &dst, sizeof(dst));
		packet[5] = (uint8_t)(i | 1);
		send_one(fd, packet);
	}
	wall = now_s() - wall;
	cpu = cpu_s() - cpu;
	printf("%u packets in %.3f s: %.0f packets/s, %.2f us CPU a packet\n",
	    count, wall, count / wall, cpu / count * 1e6);
	return 0;
}
