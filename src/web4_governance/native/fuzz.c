/*
 * Feeds the reader of answers: as a libFuzzer target where clang is there (-DWEB4_LIBFUZZER), else with bytes made by a
 * generator of its own: answers that are right but for some bytes. What is checked: nothing is read outside of the bytes, and
 * what counts is exactly what docs/spec/daemon.md F3 and F4 say.
 */
#include <stdio.h>
#include <stdlib.h>

#include "frames.h"

static void check(const unsigned char *data, size_t size)
{
    struct answer answer;
    unsigned char *start, *word;

    if (size < SAY_SIZE + WORD_SIZE)
        return;
    start = malloc(SAY_SIZE); /* of exactly that size: a sanitizer sees what reads beyond it */
    word = malloc(WORD_SIZE);
    if (start == NULL || word == NULL)
        abort();
    memcpy(start, data, SAY_SIZE);
    memcpy(word, data + SAY_SIZE, WORD_SIZE);
    if (frame_answer(start, word, &answer)) {
        unsigned char again[SAY_SIZE] = "W4SAY";
        again[6] = PROTOCOL;
        again[7] = (unsigned char)answer.status;
        again[8] = (unsigned char)answer.exit_code;
        put_size(again + 12, answer.out);
        put_size(again + 16, answer.err);
        memcpy(again + 20, word, WORD_SIZE);
        if (memcmp(again, start, SAY_SIZE) != 0 || answer.out > MAX_OUT || answer.err > MAX_OUT || answer.status > 1 ||
            (answer.exit_code != 0 && answer.exit_code != 2))
            abort();
    }
    free(start);
    free(word);
}

#ifdef WEB4_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(data, size);
    return 0;
}
#else
int main(int argc, char **argv)
{
    unsigned char data[SAY_SIZE + WORD_SIZE];
    uint64_t state = 88172645463325252u;
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000, n, counted = 0;

    for (n = 0; n < rounds; n++) {
        struct answer answer;
        size_t at;
        memset(data, 0, sizeof data);
        memcpy(data, "W4SAY", 6);
        data[6] = PROTOCOL;
        for (at = 0; at < WORD_SIZE; at++)
            data[20 + at] = data[SAY_SIZE + at] = (unsigned char)at;
        for (at = 0; at < (size_t)(n % 5); at++) { /* xorshift64: the same bytes in every run */
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            data[state % sizeof data] = (unsigned char)(state >> 32);
        }
        check(data, sizeof data);
        counted += frame_answer(data, data + SAY_SIZE, &answer);
    }
    printf("%ld of %ld answers counted\n", counted, rounds);
    return counted == 0 || counted == rounds; /* both kinds were there */
}
#endif
