/* The floor: the least a program can do to keep N processes on their argv.
 *
 * Orders on stdin, one a line:   start N MODEL | change I MODEL | all MODEL
 * change: SIGTERM, wait, posix_spawn. all: the same N times, in series.
 * A child that dies by itself is spawned again with the model it had.
 * No files, no durability, no verification. End of stdin: stop all, exit.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *program, *prefix;
static int count;
static pid_t *pids;
static char (*models)[64];

static void launch(int i, const char *model) {
    char name[64];
    if (model != models[i]) snprintf(models[i], sizeof models[i], "%s", model);
    snprintf(name, sizeof name, "%s%05d", prefix, i);
    char *argv[] = {program, "--name", name, "--model", models[i], NULL};
    posix_spawnattr_t attr;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    if (posix_spawn(&pids[i], program, NULL, &attr, argv, environ)) exit(1);
    posix_spawnattr_destroy(&attr);
}

static void stop(int i) {
    kill(pids[i], SIGTERM);
    waitpid(pids[i], NULL, 0);
    pids[i] = 0;
}

static void reap(void) {
    pid_t dead;
    while ((dead = waitpid(-1, NULL, WNOHANG)) > 0)
        for (int i = 0; i < count; i++)
            if (pids[i] == dead) launch(i, models[i]);
}

static void obey(char *line) {
    char model[64];
    int i;
    if (sscanf(line, "start %d %63s", &i, model) == 2) {
        pids = calloc(i, sizeof *pids);
        models = calloc(i, sizeof *models);
        for (count = 0; count < i; count++) launch(count, model);
    } else if (sscanf(line, "change %d %63s", &i, model) == 2) {
        stop(i);
        launch(i, model);
    } else if (sscanf(line, "all %63s", model) == 1) {
        for (i = 0; i < count; i++) {
            stop(i);
            launch(i, model);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    program = argv[1];
    prefix = argv[2];
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
                           {.fd = signalfd(-1, &chld, SFD_NONBLOCK), .events = POLLIN}};
    char line[128];
    while (poll(fds, 2, -1) > 0) {
        if (fds[1].revents) {
            struct signalfd_siginfo info;
            while (read(fds[1].fd, &info, sizeof info) > 0) {}
            reap();
        }
        if (fds[0].revents) {
            ssize_t n = read(0, line, sizeof line - 1);
            if (n <= 0) break;
            line[n] = 0;
            obey(line);
        }
    }
    for (int i = 0; i < count; i++) stop(i);
    return 0;
}
