/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: opens a capture file and reads its records.
 *
 * The first four bytes identify the format.  libpcap reads pcap files, because
 * it knows all variants.  replay/capture_pcapng.c reads pcapng files, because
 * libpcap refuses those whose interfaces differ in link type or length.
 *
 * A compressed file is read through unpack/unpack.c, which both readers do not
 * notice.
 *
 * Files are read through stdio with a large buffer, so that a pipe works like a
 * file, and memory use does not depend on the length of the capture.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/capture_internal.h"

#define BUFFER (1u << 20)
#define PCAP_HEADER 24
#define PCAP_RECORD 16

/* Reads the first bytes without consuming them. */
static bool
peek(FILE *file, uint8_t magic[4])
{
	size_t n = fread(magic, 1, 4, file);

	for (size_t i = n; i > 0; i--)
		ungetc(magic[i - 1], file);
	return n == 4;
}

static bool
is_unpacking_broken(const struct sw_capture *capture)
{
	return capture->unpack != NULL &&
	       sw_unpack_error(capture->unpack)[0] != '\0';
}

static int
open_classic(struct sw_capture *capture, char error[SW_CAPTURE_ERROR])
{
	char reason[PCAP_ERRBUF_SIZE];

	capture->classic = pcap_fopen_offline_with_tstamp_precision(
	    capture->file, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (capture->classic == NULL) {
		snprintf(error, SW_CAPTURE_ERROR, "%s%.200s",
		    is_unpacking_broken(capture) ? "damaged at " : "",
		    is_unpacking_broken(capture)
			? sw_unpack_error(capture->unpack)
			: reason);
		return -1;
	}
	capture->file = NULL; /* libpcap closes it */
	capture->link = (uint32_t)pcap_datalink(capture->classic);
	capture->position = PCAP_HEADER;
	return 0;
}

/* => 0, or -1 with the reason in error */
static int
look(struct sw_capture *capture, uint8_t magic[4], char error[SW_CAPTURE_ERROR])
{
	if (peek(capture->file, magic))
		return 0;
	if (is_unpacking_broken(capture))
		snprintf(error, SW_CAPTURE_ERROR, "damaged at %s",
		    sw_unpack_error(capture->unpack));
	else
		snprintf(error, SW_CAPTURE_ERROR, "%s",
		    ferror(capture->file) ? strerror(errno)
					  : "too short for a capture file");
	return -1;
}

/* Puts the stream of what is in a compressed file in its place.
 * => 0, or -1 with the reason in error */
static int
unpack(
    struct sw_capture *capture, uint8_t magic[4], char error[SW_CAPTURE_ERROR])
{
	const char *outer = sw_unpack_format(magic), *inner;
	FILE *stream;

	if (outer == NULL)
		return 0;
	capture->unpack = sw_unpack_open(capture->file, magic, &stream, error);
	if (capture->unpack == NULL)
		return -1;
	capture->packed = capture->file;
	capture->file = stream;
	setvbuf(stream, NULL, _IOFBF, BUFFER);
	if (look(capture, magic, error) != 0)
		return -1;
	inner = sw_unpack_format(magic);
	if (inner == NULL)
		return 0;
	snprintf(error, SW_CAPTURE_ERROR,
	    "compressed twice, by %s and by %s: unpack it once", inner, outer);
	return -1;
}

static int
open_kind(struct sw_capture *capture, char error[SW_CAPTURE_ERROR])
{
	static const uint8_t ng[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	uint8_t magic[4];

	if (look(capture, magic, error) != 0 ||
	    unpack(capture, magic, error) != 0)
		return -1;
	return memcmp(magic, ng, 4) == 0 ? 0 : open_classic(capture, error);
}

static FILE *
open_file(const char *path, uint64_t *size)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	struct stat info;

	if (file == NULL)
		return NULL;
	if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode))
		*size = (uint64_t)info.st_size;
	setvbuf(file, NULL, _IOFBF, BUFFER);
	return file;
}

struct sw_capture *
sw_capture_open(const char *path, char error[SW_CAPTURE_ERROR])
{
	struct sw_capture *capture = calloc(1, sizeof *capture);

	if (capture != NULL)
		capture->file = open_file(path, &capture->size);
	if (capture == NULL || capture->file == NULL) {
		snprintf(error, SW_CAPTURE_ERROR, "%s", strerror(errno));
		free(capture);
		return NULL;
	}
	if (open_kind(capture, error) == 0)
		return capture;
	sw_capture_close(capture);
	return NULL;
}

void
sw_capture_close(struct sw_capture *capture)
{
	if (capture == NULL)
		return;
	if (capture->classic != NULL)
		pcap_close(capture->classic);
	if (capture->file != NULL && capture->file != stdin)
		fclose(capture->file);
	sw_unpack_close(capture->unpack);
	if (capture->packed != NULL && capture->packed != stdin)
		fclose(capture->packed);
	sw_capture_pcapng_close(&capture->ng);
	free(capture->names);
	free(capture);
}

/* Whatever the reader says, damage of the compressed file explains it. */
int
sw_capture_damaged(
    struct sw_capture *capture, uint64_t at, const char *format, ...)
{
	unsigned long long records = capture->frames;
	char what[128];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	capture->damaged = true;
	if (is_unpacking_broken(capture))
		snprintf(capture->error, sizeof capture->error,
		    "after %llu records damaged at %s", records,
		    sw_unpack_error(capture->unpack));
	else
		snprintf(capture->error, sizeof capture->error,
		    "damaged at byte %llu%s, after %llu records: %s",
		    (unsigned long long)at,
		    capture->unpack != NULL ? " of what was unpacked" : "",
		    records, what);
	return -1;
}

/* libpcap stores seconds and fraction as signed numbers; in the file they are
 * unsigned, and the fraction may exceed one second. */
static struct sw_time
classic_time(const struct pcap_pkthdr *header)
{
	uint64_t fraction = (uint64_t)header->ts.tv_usec;

	if (fraction >= SW_NS_PER_SECOND)
		fraction = SW_NS_PER_SECOND - 1;
	return (struct sw_time){
		(uint32_t)header->ts.tv_sec * SW_NS_PER_SECOND + fraction
	};
}

static int
classic_next(struct sw_capture *capture, struct sw_record *record)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int got = pcap_next_ex(capture->classic, &header, &bytes);

	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1)
		return sw_capture_damaged(capture, capture->position, "%s",
		    pcap_geterr(capture->classic));
	capture->position += PCAP_RECORD + header->caplen;
	*record = (struct sw_record){
		.time = classic_time(header),
		.bytes = bytes,
		.captured = header->caplen,
		.length =
		    header->len < header->caplen ? header->caplen : header->len,
		.link = capture->link,
	};
	return 1;
}

int
sw_capture_next(struct sw_capture *capture, struct sw_record *record)
{
	int got;

	if (capture->damaged)
		return -1;
	got = capture->classic != NULL
		  ? classic_next(capture, record)
		  : sw_capture_pcapng_next(capture, record);
	if (got == 1) {
		record->frame = ++capture->frames;
		capture->latest = record->time;
	}
	return got;
}

const char *
sw_capture_error(const struct sw_capture *capture)
{
	return capture->error;
}

uint64_t
sw_capture_position(const struct sw_capture *capture)
{
	return capture->unpack != NULL ? sw_unpack_position(capture->unpack)
				       : capture->position;
}

uint64_t
sw_capture_size(const struct sw_capture *capture)
{
	return capture->size;
}

uint64_t
sw_capture_most(const struct sw_capture *capture)
{
	return capture->unpack != NULL
		   ? sw_unpack_most(capture->unpack, capture->size)
		   : capture->size;
}

bool
sw_capture_link_parse(const char *text, uint32_t *type)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	int named;

	if (text[0] >= '0' && text[0] <= '9') {
		*type = (uint32_t)number;
		return *end == '\0' && number <= UINT16_MAX;
	}
	named = pcap_datalink_name_to_val(text);
	*type = (uint32_t)named;
	return named >= 0;
}

const char *
sw_capture_link_name(uint32_t type)
{
	return pcap_datalink_val_to_name((int)type);
}

const char *
sw_capture_link_text(uint32_t type)
{
	return pcap_datalink_val_to_description((int)type);
}
