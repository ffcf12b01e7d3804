/* The managed program: says once that it runs, then sleeps until a signal.
 *
 * One line "pid name model monotonic_ns" goes to the FIFO that was compiled in,
 * so every peer starts exactly the same program and needs no environment for it.
 * A FIFO without a reader is no error: the program simply sleeps.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    const char *name = "-", *model = "-";
    for (int i = 1; i + 1 < argc; i++) {
        if (!strcmp(argv[i], "--name")) name = argv[i + 1];
        if (!strcmp(argv[i], "--model")) model = argv[i + 1];
    }
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    char line[512];
    int n = snprintf(line, sizeof line, "%d %s %s %lld\n", getpid(), name, model,
                     t.tv_sec * 1000000000LL + t.tv_nsec);
    int fd = open(MARKS, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && n > 0 && n < (int)sizeof line) {
        if (write(fd, line, n) != n) return 1;
        close(fd);
    }
    for (;;) pause();
}
