/*
 * web4-client: the hook's first process where a resident gate may answer (docs/spec/daemon.md C1-C5, N1-N6).
 *
 *     web4-client PYTHON -I -S .../hook.py AGENT --home DIR ... --resident
 *
 * Reads the event, asks the gate of the home, prints its answer. It decides nothing: whatever is not a whole, well-formed
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
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"

#define MAX_ARGUMENTS 64
#define LONGEST_PATH 100
#define SHARE_PERCENT 50
#define AGAIN_S 2
#define CHUNK 65536

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
    line->deadline_ms = strtol(line->deadline, NULL, 10);
    return line->agent != NULL && line->home != NULL && line->home[0] == '/' && line->script[0] == '/' &&
           line->python[0][0] == '/' && line->deadline_ms > 0 && line->deadline_ms < 3600000 &&
           strspn(line->deadline, "0123456789") == strlen(line->deadline) && line->resident &&
           getenv("HOME") != NULL; /* else the passwd entry says it, which a static program cannot ask */
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

static int send_all(int line, const unsigned char *data, size_t size, int64_t until)
{
    while (size > 0) {
        ssize_t sent;
        if (!ready(line, POLLOUT, until))
            return 0;
        sent = send(line, data, size, MSG_DONTWAIT
#ifdef MSG_NOSIGNAL
                                          | MSG_NOSIGNAL
#endif
        );
        if (sent < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (sent <= 0)
            return 0;
        data += sent;
        size -= (size_t)sent;
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
    if (strlen(home) + sizeof "/run/gate.sock" > LONGEST_PATH)
        return -2;
    /* Somebody who can put a socket there can answer: the directory is the gate's own and nobody else's to write. */
    snprintf(address.sun_path, sizeof address.sun_path, "%s/run", home);
    if (lstat(address.sun_path, &place) != 0)
        return errno == ENOENT ? -1 : -2;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/gate.sock", home);
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
    int wrote = snprintf((char *)head + *size, MAX_HEAD - *size, "%s=%s", name, text);
    if (wrote < 0 || (size_t)wrote + 1 > MAX_HEAD - *size)
        return 0;
    *size += (size_t)wrote + 1; /* with its NUL */
    return 1;
}

static int fill_head(unsigned char *head, size_t *size, const struct line *line)
{
    time_t now = time(NULL);
    struct tm local;
    char offset[32];
    size_t n;

    memset(&local, 0, sizeof local);
    localtime_r(&now, &local);
    snprintf(offset, sizeof offset, "%ld", (long)local.tm_gmtoff);
    *size = 0;
    for (n = 0; n < sizeof TOLD / sizeof *TOLD; n++) {
        const char *text = getenv(TOLD[n]);
        if (text != NULL && text[0] != '\0' && !put_field(head, size, TOLD[n], text))
            return 0;
    }
    return put_field(head, size, "agent", line->agent) && put_field(head, size, "home", line->home) &&
           put_field(head, size, "via", line->via) && put_field(head, size, "on-failure", line->on_failure) &&
           put_field(head, size, "deadline-ms", line->deadline) &&
           put_field(head, size, "session-policy", line->session_policy) && put_field(head, size, "offset-s", offset) &&
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
static void ask(int line, const struct line *told, const unsigned char *event, size_t size, const unsigned char *word,
                int64_t until)
{
    static unsigned char head[ASK_SIZE + MAX_HEAD], start[SAY_SIZE];
    struct answer answer;
    unsigned char *text;
    size_t used;
    int failed = 0;

    if (!fill_head(head + ASK_SIZE, &used, told))
        return;
    frame_ask(head, word, (uint32_t)used, (uint32_t)size);
    if (!send_all(line, head, ASK_SIZE + used, until) || !send_all(line, event, size, until) ||
        !receive(line, start, SAY_SIZE, until) || !frame_answer(start, word, &answer) || answer.status != 0)
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
    if (snprintf(serve, sizeof serve, "%.*sdaemon/serve.py", (int)(root - 7), line->script) >= (int)sizeof serve ||
        snprintf(who, sizeof who, "HOME=%s", getenv("HOME")) >= (int)sizeof who)
        return;
    snprintf(place, sizeof place, "%s/run", line->home);
    mkdir(place, 0700);
    snprintf(place, sizeof place, "%s/run/starting", line->home);
    snprintf(home, sizeof home, "--home=%s", line->home);
    handle = open(place, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (handle < 0)
        return;
    if (flock(handle, LOCK_EX | LOCK_NB) != 0 || fstat(handle, &found) != 0 ||
        (found.st_size > 0 && time(NULL) - found.st_mtime < AGAIN_S && found.st_mtime <= time(NULL)) ||
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
        for (n = 4; n < 1024; n++)
            close(n);
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
    char name[] = "/tmp/web4-event-XXXXXX";
    int failed = 0, handle;
#ifdef __linux__
    handle = memfd_create("web4-event", 0);
#else
    handle = -1;
#endif
    if (handle < 0) {
        handle = mkstemp(name);
        if (handle < 0)
            return -1;
        unlink(name);
    }
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
    for (n = 0; n < line->words; n++)
        block |= strcmp(line->python[n], "--on-failure=block") == 0 ||
                 (strcmp(line->python[n], "--on-failure") == 0 && n + 1 < line->words &&
                  strcmp(line->python[n + 1], "block") == 0);
    write_all(2, (const unsigned char *)(block ? blocked : passed), block ? sizeof blocked - 1 : sizeof passed - 1, &failed);
    return block ? 2 : 0;
}

/* Becomes the hook's own process: the same words without --resident, the event's word, and what is left of the deadline. */
static int hand_over(const struct line *line, const unsigned char *word, int64_t began)
{
    char *words[MAX_ARGUMENTS + 6], once[2 * WORD_SIZE + 1], left[32];
    int n, used = 0;

    for (n = 0; n < line->words && used < MAX_ARGUMENTS; n++)
        if (strcmp(line->python[n], "--resident") != 0)
            words[used++] = line->python[n];
    if (word != NULL) {
        for (n = 0; n < WORD_SIZE; n++)
            snprintf(once + 2 * n, 3, "%02x", word[n]);
        snprintf(left, sizeof left, "%ld", line->deadline_ms - (long)(now_ms() - began));
        words[used++] = "--once";
        words[used++] = once;
        words[used++] = "--deadline-ms";
        words[used++] = left;
    }
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
    int line, whole, fits, n;

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
    event = read_event(&size, &whole);
    if (event == NULL)
        return fail(&told);
    if (whole) {
        line = reach(told.home, getuid(), until);
        if (line >= 0) {
            ask(line, &told, event, size, word, until);
            close(line);
        } else if (line == -1) {
            start_gate(&told);
        }
    }
    line = event_again(event, size);
    if (line < 0 || dup2(line, 0) < 0)
        return fail(&told);
    close(line);
    signal(SIGPIPE, SIG_DFL);
    return hand_over(&told, word, began);
}
