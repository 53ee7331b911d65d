/* The bytes between a client and the gate (docs/spec/daemon.md F1-F4). No I/O: this is what the fuzzer is given. */
#ifndef WEB4_FRAMES_H
#define WEB4_FRAMES_H

#include <stdint.h>
#include <string.h>

#define PROTOCOL 1
#define KIND_EVENT 1
#define WORD_SIZE 16
#define ASK_SIZE 32
#define SAY_SIZE 36
#define MAX_HEAD 65536
#define MAX_BODY (64L * 1024 * 1024)
#define MAX_OUT (1024L * 1024)

struct answer {
    uint32_t out, err; /* sizes in bytes */
    int status, exit_code;
};

static inline void put_size(unsigned char *at, uint32_t size)
{
    at[0] = (unsigned char)(size >> 24);
    at[1] = (unsigned char)(size >> 16);
    at[2] = (unsigned char)(size >> 8);
    at[3] = (unsigned char)size;
}

static inline uint32_t get_size(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Writes the first ASK_SIZE bytes of a question. */
static inline void frame_ask(unsigned char *to, const unsigned char *word, uint32_t head, uint32_t body)
{
    memcpy(to, "W4ASK", 6);
    to[6] = PROTOCOL;
    to[7] = KIND_EVENT;
    put_size(to + 8, head);
    put_size(to + 12, body);
    memcpy(to + 16, word, WORD_SIZE);
}

/* Reads the first SAY_SIZE bytes of an answer; 0 where they are none that counts. */
static inline int frame_answer(const unsigned char *from, const unsigned char *word, struct answer *to)
{
    to->status = from[7];
    to->exit_code = from[8];
    to->out = get_size(from + 12);
    to->err = get_size(from + 16);
    return memcmp(from, "W4SAY", 6) == 0 && from[6] == PROTOCOL && (to->status == 0 || to->status == 1) &&
           (to->exit_code == 0 || to->exit_code == 2) && from[9] == 0 && from[10] == 0 && from[11] == 0 &&
           to->out <= MAX_OUT && to->err <= MAX_OUT && memcmp(from + 20, word, WORD_SIZE) == 0;
}

#endif
