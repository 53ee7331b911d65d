/*
 * What client.c needs of a C library, by Linux's system calls (man 2): x86-64 and AArch64, statically linked, one thread.
 *
 * A C library makes itself ready for much that this program never does, and what it touches for that is memory that has to be
 * mapped page by page: most of the time of a process that lives for a millisecond. Built with -DWEB4_BARE (app/native.py,
 * Makefile); where this does not build, client.c is built with the C library, and does the same.
 */
#ifndef WEB4_BARE_H
#define WEB4_BARE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if !defined(__linux__) || !defined(__LP64__)
#error "no system calls are known for this platform"
#endif

#define TOP_ERRNO 4095
#define HEADER 16 /* bytes before an allocation, which hold its size */
#define AT_RANDOM_KEY 25

int main(int argc, char **argv);

char **environ;
static int last_error;
uintptr_t __stack_chk_guard = 0x0a0d00ff;

int *__errno_location(void)
{
    return &last_error;
}

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long got;
    __asm__ volatile("syscall"
                     : "=a"(got)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return got;
}
__asm__(".text\n.globl _start\n_start:\n"
        "    xor %ebp, %ebp\n    mov %rsp, %rdi\n    and $-16, %rsp\n    call web4_begin\n    hlt\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}
__asm__(".text\n.globl _start\n_start:\n"
        "    mov x29, #0\n    mov x30, #0\n    mov x0, sp\n    and sp, x0, #-16\n    bl web4_begin\n    brk #1\n");
#else
#error "no system calls are known for this processor"
#endif

static long told(long got)
{
    if (got < 0 && got >= -TOP_ERRNO) {
        last_error = (int)-got;
        return -1;
    }
    return got;
}

#define CALL(name, a, b, c, d) told(call(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0))

void _exit(int code)
{
    for (;;)
        call(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
    call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGABRT, 0, 0, 0, 0);
    _exit(127);
}

/* The kernel's stack of a new process: the words' count, the words, the environment, and what it says of itself. */
__attribute__((used)) void web4_begin(long *stack);
void web4_begin(long *stack)
{
    char **words = (char **)(stack + 1);
    uintptr_t guard = 0;
    long *more;

    environ = words + *stack + 1;
    for (more = (long *)environ; *more != 0;)
        more++;
    for (more++; *more != 0; more += 2)
        if (*more == AT_RANDOM_KEY)
            memcpy(&guard, (const void *)more[1], sizeof guard);
    if (guard != 0)
        __stack_chk_guard = guard & ~(uintptr_t)0xff;
    _exit(main((int)*stack, words));
}

long syscall(long number, ...)
{
    va_list more;
    long a, b, c;
    va_start(more, number); /* of three words, wherever it is called */
    a = va_arg(more, unsigned int);
    b = va_arg(more, unsigned int);
    c = va_arg(more, unsigned int);
    va_end(more);
    return told(call(number, a, b, c, 0, 0, 0));
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *a = to;
    const unsigned char *b = from;
    for (; size > 0; size--) {
        *a++ = *b++;
        __asm__("" : "+r"(a)); /* or a compiler would know the loop for what it is, and call this */
    }
    return to;
}

void *memset(void *to, int with, size_t size)
{
    unsigned char *a = to;
    for (; size > 0; size--) {
        *a++ = (unsigned char)with;
        __asm__("" : "+r"(a)); /* as above */
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
    const unsigned char *a = one, *b = other;
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t size = 0;
    while (text[size] != '\0') {
        size++;
        __asm__("" : "+r"(size)); /* as above */
    }
    return size;
}

int strncmp(const char *one, const char *other, size_t most)
{
    for (; most > 0; most--, one++, other++)
        if (*one != *other || *one == '\0')
            return (unsigned char)*one - (unsigned char)*other;
    return 0;
}

int strcmp(const char *one, const char *other)
{
    return strncmp(one, other, SIZE_MAX);
}

char *getenv(const char *name)
{
    size_t size = strlen(name);
    char **at;
    for (at = environ; *at != NULL; at++)
        if (strncmp(*at, name, size) == 0 && (*at)[size] == '=')
            return *at + size + 1;
    return NULL;
}

void *malloc(size_t size)
{
    size_t *got;
    if (size > SIZE_MAX - HEADER)
        return NULL;
    got = (size_t *)told(
        call(SYS_mmap, 0, (long)(size + HEADER), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if ((long)got == -1)
        return NULL;
    *got = size + HEADER;
    return (char *)got + HEADER;
}

void *realloc(void *of, size_t size)
{
    size_t *held = (size_t *)(void *)((char *)of - HEADER), *got;
    if (size > SIZE_MAX - HEADER)
        return NULL;
    got = (size_t *)CALL(mremap, held, *held, size + HEADER, MREMAP_MAYMOVE);
    if ((long)got == -1)
        return NULL;
    *got = size + HEADER;
    return (char *)got + HEADER;
}

void free(void *of)
{
    size_t *held = (size_t *)(void *)((char *)of - HEADER);
    CALL(munmap, held, *held, 0, 0);
}

int open(const char *path, int how, ...)
{
    va_list more;
    int mode;
    va_start(more, how);
    mode = how & O_CREAT ? va_arg(more, int) : 0;
    va_end(more);
    return (int)CALL(openat, AT_FDCWD, path, how, mode);
}

int fcntl(int handle, int what, ...)
{
    va_list more;
    long with;
    va_start(more, what);
    with = what == F_SETFD || what == F_SETFL ? va_arg(more, int) : 0;
    va_end(more);
    return (int)CALL(fcntl, handle, what, with, 0);
}

ssize_t read(int handle, void *to, size_t size)
{
    return CALL(read, handle, to, size, 0);
}

ssize_t write(int handle, const void *from, size_t size)
{
    return CALL(write, handle, from, size, 0);
}

ssize_t pwrite(int handle, const void *from, size_t size, off_t at)
{
    return CALL(pwrite64, handle, from, size, at);
}

off_t lseek(int handle, off_t at, int from)
{
    return CALL(lseek, handle, at, from, 0);
}

int close(int handle)
{
    return (int)CALL(close, handle, 0, 0, 0);
}

int dup2(int handle, int to)
{
    return (int)CALL(dup3, handle, to, 0, 0); /* the two differ, wherever it is called */
}

int lstat(const char *restrict path, struct stat *restrict found)
{
    return (int)CALL(newfstatat, AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW);
}

int fstat(int handle, struct stat *found)
{
    return (int)CALL(fstat, handle, found, 0, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return (int)CALL(mkdirat, AT_FDCWD, path, mode, 0);
}

int flock(int handle, int how)
{
    return (int)CALL(flock, handle, how, 0, 0);
}

int futimens(int handle, const struct timespec times[2])
{
    return (int)CALL(utimensat, handle, NULL, times, 0);
}

int memfd_create(const char *name, unsigned int flags)
{
    return (int)CALL(memfd_create, name, flags, 0, 0);
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    return (int)CALL(clock_gettime, clock, to, 0, 0);
}

int poll(struct pollfd *what, nfds_t count, int ms)
{
    struct timespec wait = {ms / 1000, (ms % 1000) * 1000000L};
    return (int)told(call(SYS_ppoll, (long)what, (long)count, ms < 0 ? 0 : (long)&wait, 0, 0, 0));
}

int socket(int family, int type, int protocol)
{
    return (int)CALL(socket, family, type, protocol, 0);
}

int connect(int handle, const struct sockaddr *to, socklen_t size)
{
    return (int)CALL(connect, handle, to, size, 0);
}

int getsockopt(int handle, int level, int name, void *restrict to, socklen_t *restrict size)
{
    return (int)told(call(SYS_getsockopt, handle, level, name, (long)to, (long)size, 0));
}

ssize_t sendmsg(int handle, const struct msghdr *what, int how)
{
    return CALL(sendmsg, handle, what, how, 0);
}

ssize_t recv(int handle, void *to, size_t size, int how)
{
    return told(call(SYS_recvfrom, handle, (long)to, (long)size, how, 0, 0));
}

uid_t getuid(void)
{
    return (uid_t)CALL(getuid, 0, 0, 0, 0);
}

pid_t fork(void)
{
    return (pid_t)told(call(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0));
}

pid_t setsid(void)
{
    return (pid_t)CALL(setsid, 0, 0, 0, 0);
}

pid_t waitpid(pid_t child, int *status, int how)
{
    return (pid_t)CALL(wait4, child, status, how, 0);
}

int execve(const char *path, char *const words[], char *const environment[])
{
    return (int)CALL(execve, path, words, environment, 0);
}

int execv(const char *path, char *const words[])
{
    return execve(path, words, environ);
}

/* As the kernel takes it; only SIG_IGN and SIG_DFL are ever asked for, which need no way back. */
void (*signal(int number, void (*what)(int)))(int)
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask;
    } action = {what, 0, NULL, 0};
    return CALL(rt_sigaction, number, &action, NULL, sizeof action.mask) < 0 ? SIG_ERR : SIG_DFL;
}

#endif
