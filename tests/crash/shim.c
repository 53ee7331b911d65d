/* Stands between a writer and the system's calls, and writes down what it asked of the disk under one directory: every
 * write with its bytes, every sync, every change of a name. A test replays any beginning of that, with what was not synced
 * or without. It can also end the process at the n-th step, or answer it with "no space". Not a file system: it orders
 * nothing, and knows no block.
 *
 * Nothing happens before `fault_arm`, which a child calls after it was forked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real_of(#name))

static void *real_of(const char *name) { return dlsym(RTLD_NEXT, name); }

static int log_fd = -1, once;
static long kill_at, full_at, step;
static char root[PATH_MAX];
static size_t root_size;

/* From here on, of files below this directory: write steps to `log`, die before step `kill` (from 1; 0: never), answer
 * ENOSPC to what takes space, from step `full` on or, if `one`, only then. */
void fault_arm(const char *place, const char *log, long kill, long full, int one) {
  log_fd = *log ? REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  kill_at = kill;
  full_at = full;
  once = one;
  step = 0;
  snprintf(root, sizeof root, "%s/", place);
  root_size = strlen(root);
}

/* How many steps there were. */
long fault_steps(void) { return step; }

/* Gives the path below the root, or NULL; shared memory is no file that a power cut leaves. */
static const char *below(const char *path) {
  if (!root_size || strncmp(path, root, root_size)) return NULL;
  size_t size = strlen(path);
  if (size > 4 && !strcmp(path + size - 4, "-shm")) return NULL;
  return path + root_size;
}

static const char *of_fd(int fd, char *room) {
  char link[64];
  if (!root_size || fd == log_fd) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, room, PATH_MAX - 1);
  if (size < 0) return NULL;
  room[size] = 0;
  return below(room);
}

/* Counts a step: ends the process, or says that there is no space for it. */
static int stopped(int takes_space) {
  step++;
  if (kill_at && step == kill_at) raise(SIGKILL);
  if (takes_space && full_at && (once ? step == full_at : step >= full_at)) {
    errno = ENOSPC;
    return 1;
  }
  return 0;
}

/* One record: kind, length of a, a, length of b, b, offset, length of the data, data. */
static void note(char kind, const char *a, const char *b, int64_t offset, const void *data, uint32_t size) {
  if (log_fd < 0) return;
  uint32_t first = a ? strlen(a) : 0, second = b ? strlen(b) : 0;
  struct iovec parts[] = {{&kind, 1}, {&first, 4}, {(void *)a, first}, {&second, 4}, {(void *)b, second},
                          {&offset, 8}, {&size, 4}, {(void *)data, size}};
  ssize_t done = REAL(writev)(log_fd, parts, 8);
  (void)done;
}

static int64_t end_of(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags & O_APPEND) {
    struct stat found;
    return fstat(fd, &found) ? 0 : found.st_size;
  }
  return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t size) {
  char room[PATH_MAX];
  const char *path = of_fd(fd, room);
  if (!path) return REAL(write)(fd, data, size);
  if (stopped(1)) return -1;
  int64_t at = end_of(fd);
  ssize_t done = REAL(write)(fd, data, size);
  if (done > 0) note('w', path, NULL, at, data, done);
  return done;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  char room[PATH_MAX];
  const char *path = of_fd(fd, room);
  if (!path) return REAL(pwrite64)(fd, data, size, at);
  if (stopped(1)) return -1;
  ssize_t done = REAL(pwrite64)(fd, data, size, at);
  if (done > 0) note('w', path, NULL, at, data, done);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

static int synced(int fd, int (*real)(int)) {
  char room[PATH_MAX] = "";
  const char *path = of_fd(fd, room);
  /* The root itself: its names become durable. */
  if (!path && root_size && strlen(room) + 1 == root_size && !strncmp(room, root, root_size - 1)) path = "";
  if (!path) return real(fd);
  if (stopped(0)) return -1;
  int done = real(fd);
  if (!done) note('s', path, NULL, 0, NULL, 0);
  return done;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

int ftruncate64(int fd, off64_t size) {
  char room[PATH_MAX];
  const char *path = of_fd(fd, room);
  if (!path) return REAL(ftruncate64)(fd, size);
  if (stopped(0)) return -1;
  int done = REAL(ftruncate64)(fd, size);
  if (!done) note('t', path, NULL, size, NULL, 0);
  return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int rename(const char *from, const char *to) {
  const char *a = below(from), *b = below(to);
  if (!a || !b) return REAL(rename)(from, to);
  if (stopped(0)) return -1;
  int done = REAL(rename)(from, to);
  if (!done) note('r', a, b, 0, NULL, 0);
  return done;
}

int unlink(const char *path) {
  const char *name = below(path);
  if (!name) return REAL(unlink)(path);
  if (stopped(0)) return -1;
  int done = REAL(unlink)(path);
  if (!done) note('u', name, NULL, 0, NULL, 0);
  return done;
}

/* As a directory and what is in it is taken away, name by name; the directory itself may stay in the model. */
int unlinkat(int fd, const char *file, int flags) {
  char room[PATH_MAX], path[PATH_MAX];
  const char *place = fd == AT_FDCWD || (flags & AT_REMOVEDIR) ? NULL : of_fd(fd, room);
  if (!place) return REAL(unlinkat)(fd, file, flags);
  if (stopped(0)) return -1;
  int done = REAL(unlinkat)(fd, file, flags);
  if (!done && snprintf(path, sizeof path, "%s/%s", place, file) < (int)sizeof path) note('u', path, NULL, 0, NULL, 0);
  return done;
}

int mkdir(const char *path, mode_t mode) {
  const char *name = below(path);
  if (!name) return REAL(mkdir)(path, mode);
  if (stopped(1)) return -1;
  int done = REAL(mkdir)(path, mode);
  if (!done) note('d', name, NULL, 0, NULL, 0);
  return done;
}

static int opened(const char *path, int flags, mode_t mode) {
  const char *name = (flags & (O_CREAT | O_TRUNC)) ? below(path) : NULL;
  if (!name) return REAL(open64)(path, flags, mode);
  struct stat found;
  int fresh = stat(path, &found);
  if ((fresh || (flags & O_TRUNC)) && stopped(fresh)) return -1;
  int fd = REAL(open64)(path, flags, mode);
  if (fd >= 0 && fresh) note('c', name, NULL, 0, NULL, 0);
  if (fd >= 0 && !fresh && (flags & O_TRUNC)) note('t', name, NULL, 0, NULL, 0);
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}
