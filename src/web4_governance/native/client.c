/*
 * web4-client: the hook's first process where a resident gate may answer (docs/spec/daemon.md C1-C5, N1-N6).
 *
 *     web4-client PYTHON -I -S .../hook.py AGENT --home DIR ... --resident
 *
 * Connects to the gate of the home, reads the event, asks, prints the answer. It decides nothing: whatever is not a whole, well-formed
 * answer of a gate that runs as this very user ends in PYTHON with the same words and the same event, which judges by itself.
 * Takes no address and no program from the environment. Allocates for the event and the answer, and nothing else.
 */
#ifdef __linux__
#define _GNU_SOURCE
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#ifdef __linux__
#include <sys/mman.h>
#include <sys/syscall.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef WEB4_BARE
#include "bare.h"
#endif
#include "frames.h"

#define MAX_ARGUMENTS 64
#define LONGEST_PATH 100
#define SHARE_PERCENT 50
#define AGAIN_S 2
#define CHUNK 65536
#define DIGITS 20 /* more than a number has here */

static const char *const TOLD[] = {
#include "variables.h"
};

struct line {
    char **python; /* what the hook's own process is: its words, ended by NULL */
    int words;
    const char *script, *agent, *home, *via, *on_failure, *session_policy, *deadline;
    long deadline_ms;
    int resident;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec;
}

/* Writes texts behind one another, up to a NULL; 0 where there is no room for all of them and the NUL, or none at all. */
static int join(char *to, size_t room, ...)
{
    const char *part;
    size_t used = 0;
    va_list parts;
    int fits = 1;

    if (room == 0)
        return 0;
    va_start(parts, room);
    while (fits && (part = va_arg(parts, const char *)) != NULL) {
        size_t size = strlen(part);
        fits = size < room - used;
        if (fits)
            memcpy(to + used, part, size);
        used += fits ? size : 0;
    }
    va_end(parts);
    to[used] = '\0';
    return fits;
}

/* Writes a number as text, from the end of DIGITS bytes; gives where it begins. */
static const char *text_of(long number, char *to)
{
    unsigned long left = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;
    char *at = to + DIGITS - 1;

    *at = '\0';
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0 && at > to + 1);
    if (number < 0)
        *--at = '-';
    return at;
}

/* Reads a number of at most seven digits; -1 where it is none. */
static long number_of(const char *text)
{
    long number = 0;
    int n;

    for (n = 0; text[n] >= '0' && text[n] <= '9' && n < 7; n++)
        number = number * 10 + text[n] - '0';
    return n > 0 && text[n] == '\0' ? number : -1;
}

/* Says whether a path is absolute and ends in a name, or is the root. */
static int is_plain(const char *path)
{
    return path != NULL && path[0] == '/' && (path[1] == '\0' || path[strlen(path) - 1] != '/');
}

/* Reads the installed line as the hook does; 0 where only the hook itself can say what is wrong with it. */
static int read_line(struct line *line, int argc, char **argv)
{
    static const char *const names[] = {"--home", "--via", "--on-failure", "--session-policy", "--deadline-ms"};
    const char **const places[] = {&line->home, &line->via, &line->on_failure, &line->session_policy, &line->deadline};
    int n = 1;

    memset(line, 0, sizeof *line);
    line->python = argv + 1;
    line->words = argc - 1;
    line->via = "direct";
    line->on_failure = "continue";
    line->session_policy = "";
    line->deadline = "2000";
    if (argc < 6 || argc > MAX_ARGUMENTS || strcmp(argv[2], "-I") != 0 || strcmp(argv[3], "-S") != 0)
        return 0;
    line->script = argv[4];
    for (n = 5; n < argc; n++) {
        const char *word = argv[n];
        size_t which, size;
        if (strcmp(word, "--resident") == 0) {
            line->resident = 1;
            continue;
        }
        if (strncmp(word, "--", 2) != 0) {
            if (line->agent != NULL)
                return 0;
            line->agent = word;
            continue;
        }
        for (which = 0; which < sizeof names / sizeof *names; which++) {
            size = strlen(names[which]);
            if (strncmp(word, names[which], size) == 0 && (word[size] == '=' || word[size] == '\0'))
                break;
        }
        if (which == sizeof names / sizeof *names)
            return 0;
        if (word[size] == '=')
            *places[which] = word + size + 1;
        else if (++n < argc)
            *places[which] = argv[n];
        else
            return 0;
    }
    line->deadline_ms = number_of(line->deadline);
    return line->agent != NULL && line->home != NULL && line->home[0] == '/' && line->script[0] == '/' &&
           line->python[0][0] == '/' && line->deadline_ms > 0 && line->deadline_ms < 3600000 &&
           line->resident && (strcmp(line->on_failure, "block") == 0 || strcmp(line->on_failure, "continue") == 0) &&
           is_plain(getenv("HOME")) && /* else the passwd entry says it, which a static program cannot ask */
           getenv("TZDIR") == NULL;    /* other rules for the time than the gate's */
}

/* Reads all of stdin; NULL where it cannot be read, or is over the bound: what came by then is then in *size bytes of *got. */
static unsigned char *read_event(size_t *size, int *whole)
{
    size_t room = CHUNK;
    unsigned char *data = malloc(room);
    ssize_t got = 0;

    *size = 0;
    *whole = 0;
    if (data == NULL)
        return NULL;
    for (;;) {
        if (*size == room) {
            unsigned char *more;
            if (room > (size_t)MAX_BODY)
                return data; /* too much: the hook says so */
            more = realloc(data, room * 2);
            if (more == NULL)
                return data;
            data = more;
            room *= 2;
        }
        got = read(0, data + *size, room - *size);
        if (got < 0 && errno == EAGAIN) { /* a host's end that does not block is waited for all the same */
            struct pollfd input = {0, POLLIN, 0};
            poll(&input, 1, -1);
            continue;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    *whole = got == 0 && *size <= (size_t)MAX_BODY;
    return data;
}

static int fill_random(unsigned char *word)
{
    int handle = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = handle < 0 ? -1 : read(handle, word, WORD_SIZE);
    if (handle >= 0)
        close(handle);
    return got == WORD_SIZE;
}

/* Waits until the socket is ready; 0 when the time is up. */
static int ready(int line, short what, int64_t until)
{
    struct pollfd one = {line, what, 0};
    for (;;) {
        int64_t left = until - now_ms();
        int found;
        if (left <= 0)
            return 0;
        found = poll(&one, 1, (int)left);
        if (found > 0)
            return 1;
        if (found == 0 || errno != EINTR)
            return 0;
    }
}

/* Sends two pieces as one, so that who waits for them wakes once. */
static int send_all(int line, struct iovec *piece, int64_t until)
{
    struct msghdr all;
    int n;

    memset(&all, 0, sizeof all);
    all.msg_iov = piece;
    all.msg_iovlen = 2;
    while (piece[0].iov_len + piece[1].iov_len > 0) {
        ssize_t sent;
        if (now_ms() >= until) /* nobody waits for an answer any more */
            return 0;
        sent = sendmsg(line, &all, MSG_DONTWAIT
#ifdef MSG_NOSIGNAL
                                               | MSG_NOSIGNAL
#endif
        );
        if (sent < 0 && (errno == EINTR || errno == EAGAIN)) {
            if (!ready(line, POLLOUT, until))
                return 0;
            continue;
        }
        if (sent <= 0)
            return 0;
        for (n = 0; n < 2; n++) {
            size_t gone = (size_t)sent < piece[n].iov_len ? (size_t)sent : piece[n].iov_len;
            piece[n].iov_base = (char *)piece[n].iov_base + gone;
            piece[n].iov_len -= gone;
            sent -= (ssize_t)gone;
        }
    }
    return 1;
}

static int receive(int line, unsigned char *data, size_t size, int64_t until)
{
    while (size > 0) {
        ssize_t got;
        if (!ready(line, POLLIN, until))
            return 0;
        got = recv(line, data, size, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return 0;
        data += got;
        size -= (size_t)got;
    }
    return 1;
}

static int peer_is(int line, uid_t owner)
{
#if defined(SO_PEERCRED)
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(line, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && size == sizeof who && who.uid == owner;
#else
    uid_t uid;
    gid_t gid;
    return getpeereid(line, &uid, &gid) == 0 && uid == owner;
#endif
}

/* Gives a connection to the home's gate; -1 where nobody listens, -2 where who listens is not to be asked. */
static int reach(const char *home, uid_t owner, int64_t until)
{
    struct sockaddr_un address;
    struct stat place, found;
    int line;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (strlen(home) + sizeof "/run/gate.sock" > LONGEST_PATH ||
        !join(address.sun_path, sizeof address.sun_path, home, "/run", NULL))
        return -2;
    /* Somebody who can put a socket there can answer: the directory is the gate's own and nobody else's to write. */
    if (lstat(address.sun_path, &place) != 0)
        return errno == ENOENT ? -1 : -2;
    if (!join(address.sun_path, sizeof address.sun_path, home, "/run/gate.sock", NULL))
        return -2;
    if (lstat(address.sun_path, &found) != 0)
        return errno == ENOENT ? -1 : -2;
    if (!S_ISSOCK(found.st_mode) || !S_ISDIR(place.st_mode) || found.st_uid != owner ||
        (place.st_uid != owner && place.st_uid != 0) || (place.st_mode & 022) != 0)
        return -2;
    line = socket(AF_UNIX, SOCK_STREAM, 0);
    if (line < 0)
        return -2;
    fcntl(line, F_SETFD, FD_CLOEXEC);
    fcntl(line, F_SETFL, O_NONBLOCK);
    while (connect(line, (struct sockaddr *)&address, sizeof address) != 0) {
        int why = errno;
        if (why == EINTR || (why == EAGAIN && now_ms() < until)) { /* its queue of connections is full */
            if (why == EAGAIN)
                poll(NULL, 0, 1);
            continue;
        }
        close(line);
        return why == ECONNREFUSED ? -1 : -2;
    }
    if (!peer_is(line, owner)) {
        close(line);
        return -2;
    }
    return line;
}

static int put_field(unsigned char *head, size_t *size, const char *name, const char *text)
{
    if (!join((char *)head + *size, MAX_HEAD - *size, name, "=", text, NULL))
        return 0;
    *size += strlen(name) + strlen(text) + 2; /* with the sign between and its NUL */
    return 1;
}

/* What the gate is told; by the time zone it knows the local time, which is not worth a C library's tables here. */
static int fill_head(unsigned char *head, size_t *size, const struct line *line)
{
    const char *zone = getenv("TZ");
    size_t n;

    *size = 0;
    for (n = 0; n < sizeof TOLD / sizeof *TOLD; n++) {
        const char *text = getenv(TOLD[n]);
        if (text != NULL && text[0] != '\0' && !put_field(head, size, TOLD[n], text))
            return 0;
    }
    return put_field(head, size, "agent", line->agent) && put_field(head, size, "home", line->home) &&
           put_field(head, size, "via", line->via) && put_field(head, size, "on-failure", line->on_failure) &&
           put_field(head, size, "deadline-ms", line->deadline) &&
           put_field(head, size, "session-policy", line->session_policy) &&
           (zone == NULL || put_field(head, size, "zone", zone)) &&
           put_field(head, size, "user-home", getenv("HOME")) && put_field(head, size, "script", line->script);
}

static void write_all(int handle, const unsigned char *data, size_t size, int *failed)
{
    while (size > 0) {
        ssize_t wrote = write(handle, data, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            *failed = 1;
            return;
        }
        data += wrote;
        size -= (size_t)wrote;
    }
}

/* Asks, and ends the process with the answer; comes back where there is none that counts. */
static void ask(int line, const struct line *told, unsigned char *event, size_t size, const unsigned char *word,
                int64_t until)
{
    static unsigned char head[ASK_SIZE + MAX_HEAD], start[SAY_SIZE];
    struct answer answer;
    unsigned char *text;
    struct iovec pieces[2];
    size_t used;
    int failed = 0;

    if (!fill_head(head + ASK_SIZE, &used, told))
        return;
    frame_ask(head, word, (uint32_t)used, (uint32_t)size);
    pieces[0].iov_base = head;
    pieces[0].iov_len = ASK_SIZE + used;
    pieces[1].iov_base = event;
    pieces[1].iov_len = size;
    if (!send_all(line, pieces, until) || !receive(line, start, SAY_SIZE, until) || !frame_answer(start, word, &answer) || answer.status != 0)
        return;
    text = malloc((size_t)answer.out + answer.err + 1);
    if (text == NULL)
        return;
    if (!receive(line, text, (size_t)answer.out + answer.err, until)) {
        free(text);
        return;
    }
    write_all(2, text + answer.out, answer.err, &failed);
    failed = 0;
    write_all(1, text, answer.out, &failed);
    if (failed) { /* what nobody hears would let the call run: the hook answers by its failure mode */
        free(text);
        return;
    }
    _exit(answer.exit_code);
}

static void close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned int)first, ~0U, 0U) == 0)
        return;
#endif
    for (; first < 1024; first++)
        close(first);
}

/* Starts the home's gate, once however many clients want to (docs/spec/daemon.md C4). */
static void start_gate(const struct line *line)
{
    char place[LONGEST_PATH + 32], home[LONGEST_PATH + 16], serve[4096], who[4096];
    struct stat found;
    size_t root = strlen(line->script);
    pid_t child;
    int handle;

    if (root < 7 || strcmp(line->script + root - 7, "hook.py") != 0)
        return;
    if (!join(serve, sizeof serve, line->script, NULL) ||
        !join(serve + root - 7, sizeof serve - root + 7, "daemon/serve.py", NULL) ||
        !join(who, sizeof who, "HOME=", getenv("HOME"), NULL) || !join(home, sizeof home, "--home=", line->home, NULL) ||
        !join(place, sizeof place, line->home, "/run", NULL))
        return;
    mkdir(place, 0700);
    if (!join(place, sizeof place, line->home, "/run/starting", NULL))
        return;
    handle = open(place, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (handle < 0)
        return;
    if (flock(handle, LOCK_EX | LOCK_NB) != 0 || fstat(handle, &found) != 0 ||
        (found.st_size > 0 && now_s() - found.st_mtime < AGAIN_S && found.st_mtime <= now_s()) ||
        pwrite(handle, "1", 1, 0) != 1) {
        close(handle);
        return;
    }
    futimens(handle, NULL);
    child = fork();
    if (child == 0) {
        char *words[] = {line->python[0], "-I", "-S", serve, home, "--starting=3", NULL};
        char *environment[] = {who, "PATH=/bin:/usr/bin", NULL};
        int n, null = open("/dev/null", O_RDWR);
        if (setsid() < 0 || null < 0 || fork() != 0)
            _exit(0); /* twice: nobody waits for it */
        signal(SIGPIPE, SIG_DFL);
        if (handle != 3)
            dup2(handle, 3);
        else
            fcntl(3, F_SETFD, 0);
        for (n = 0; n < 3; n++)
            dup2(null, n);
        close_from(4);
        execve(words[0], words, environment);
        _exit(127);
    }
    close(handle);
    if (child > 0)
        waitpid(child, NULL, 0);
}

/* Gives what reads the event anew: a file without a name. */
static int event_again(const unsigned char *event, size_t size)
{
    int failed = 0, handle = -1;
#ifdef __linux__
    handle = memfd_create("web4-event", 0);
    if (handle < 0) /* an old kernel's, or a sandbox's */
        handle = open("/tmp", O_TMPFILE | O_RDWR | O_EXCL, 0600);
#endif
#ifndef WEB4_BARE
    if (handle < 0) {
        char name[] = "/tmp/web4-event-XXXXXX";
        handle = mkstemp(name);
        if (handle >= 0)
            unlink(name);
    }
#endif
    if (handle < 0)
        return -1;
    write_all(handle, event, size, &failed);
    if (failed || lseek(handle, 0, SEEK_SET) != 0) {
        close(handle);
        return -1;
    }
    return handle;
}

/* Answers by the failure mode where not even the hook can be run. */
static int fail(const struct line *line)
{
    static const char blocked[] = "web4-governance: call blocked: the gate's interpreter cannot be run; run `web4 doctor --fix`\n";
    static const char passed[] = "web4-governance: call not judged: the gate's interpreter cannot be run; run `web4 doctor --fix`\n";
    int failed = 0, block = 0, n;
    for (n = 0; n < line->words && line->python[n] != NULL; n++) /* a word may have been taken out */
        block |= strcmp(line->python[n], "--on-failure=block") == 0 ||
                 (strcmp(line->python[n], "--on-failure") == 0 && line->python[n + 1] != NULL &&
                  strcmp(line->python[n + 1], "block") == 0);
    write_all(2, (const unsigned char *)(block ? blocked : passed), block ? sizeof blocked - 1 : sizeof passed - 1, &failed);
    return block ? 2 : 0;
}

/* Becomes the hook's own process: the same words without --resident, the event's word, and what is left of the deadline. */
static int hand_over(const struct line *line, const unsigned char *word, int64_t began)
{
    static const char digits[] = "0123456789abcdef";
    char *words[MAX_ARGUMENTS + 6], once[2 * WORD_SIZE + 1], room[DIGITS], left[DIGITS];
    int n, used = 0;

    if (word == NULL) { /* nobody was asked, however many words there are */
        for (n = 0; n < line->words; n++)
            if (strcmp(line->python[n], "--resident") != 0)
                line->python[used++] = line->python[n];
        line->python[used] = NULL;
        execv(line->python[0], line->python);
        return fail(line);
    }
    for (n = 0; n < line->words && used < MAX_ARGUMENTS; n++)
        if (strcmp(line->python[n], "--resident") != 0)
            words[used++] = line->python[n];
    for (n = 0; n < 2 * WORD_SIZE; n++)
        once[n] = digits[word[n / 2] >> (n % 2 ? 0 : 4) & 15];
    once[2 * WORD_SIZE] = '\0';
    n = (int)(line->deadline_ms - (now_ms() - began));
    join(left, sizeof left, text_of(n > 0 ? n : 1, room), NULL); /* too late, which the hook has a word for */
    words[used++] = "--once";
    words[used++] = once;
    words[used++] = "--deadline-ms";
    words[used++] = left;
    words[used] = NULL;
    execv(words[0], words);
    return fail(line);
}

int main(int argc, char **argv)
{
    static unsigned char word[WORD_SIZE];
    int64_t began = now_ms(), until;
    struct line told;
    unsigned char *event;
    size_t size;
    int line, again, whole, fits, n;

    signal(SIGPIPE, SIG_IGN);
    for (n = 0; n < 3; n++) /* what the host left closed of 0, 1 and 2, or a file of ours would take its number */
        if (fcntl(n, F_GETFD) < 0) {
            read_line(&told, argc, argv);
            return argc < 2 ? 2 : hand_over(&told, NULL, began);
        }
    fits = read_line(&told, argc, argv);
    if (argc < 2)
        return 2;
    if (!fits || !fill_random(word)) {
        signal(SIGPIPE, SIG_DFL);
        return hand_over(&told, NULL, began);
    }
    until = began + told.deadline_ms * SHARE_PERCENT / 100;
    line = reach(told.home, getuid(), until); /* before the event is there: the gate makes ready meanwhile */
    event = read_event(&size, &whole);
    if (event == NULL)
        return fail(&told);
    if (whole && line >= 0)
        ask(line, &told, event, size, word, until);
    else if (whole && line == -1)
        start_gate(&told);
    if (line >= 0)
        close(line);
    again = event_again(event, size);
    if (again < 0 || dup2(again, 0) < 0)
        return fail(&told);
    close(again);
    signal(SIGPIPE, SIG_DFL);
    return hand_over(&told, word, began);
}
