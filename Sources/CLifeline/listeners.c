#include "include/CLifeline.h"

#ifdef __linux__

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The state of a socket that waits for connections, of which the headers have only the number. */
enum { listening = 10 };

static int ask(int descriptor, int family) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request;
    memset(&request, 0, sizeof request);
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = (unsigned char)family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = 1u << listening;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    return sendto(descriptor, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel) ==
           (ssize_t)sizeof request;
}

/* Returns the count with those of this family, or -1. */
static int read_answer(int descriptor, struct modeljournal_listener *listeners, int count, int capacity) {
    /* The kernel fills no more than this into one message. */
    static _Thread_local union {
        struct nlmsghdr header;
        char bytes[32768];
    } answer;
    for (;;) {
        ssize_t length = recv(descriptor, &answer, sizeof answer, MSG_TRUNC);
        if (length <= 0 || length > (ssize_t)sizeof answer) return -1;
        int left = (int)length;
        for (struct nlmsghdr *message = &answer.header; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_ERROR || (message->nlmsg_flags & NLM_F_DUMP_INTR)) return -1;
            if (message->nlmsg_type == NLMSG_DONE) {
                /* A list that could not be made ends with an error, such as that the kernel has no such module. */
                int error = 0;
                if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error)) memcpy(&error, NLMSG_DATA(message), sizeof error);
                return error < 0 ? -1 : count;
            }
            const struct inet_diag_msg *socket = NLMSG_DATA(message);
            if (message->nlmsg_len < NLMSG_LENGTH(sizeof *socket)) return -1;
            if (count == capacity) return -1;
            struct modeljournal_listener *listener = &listeners[count++];
            listener->address_length = socket->idiag_family == AF_INET ? 4 : 16;
            memcpy(listener->address, socket->id.idiag_src, sizeof listener->address);
            listener->port = ntohs(socket->id.idiag_sport);
            listener->inode = socket->idiag_inode;
        }
    }
}

int modeljournal_listeners(struct modeljournal_listener *listeners, int capacity) {
    int descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -1;
    struct timeval patience = {.tv_sec = 1};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int count = 0;
    const int families[] = {AF_INET, AF_INET6};
    for (int index = 0; index < 2 && count >= 0; index++)
        count = ask(descriptor, families[index]) ? read_answer(descriptor, listeners, count, capacity) : -1;
    close(descriptor);
    return count;
}

int modeljournal_is_refused(const unsigned char *address, int address_length, int port) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
    int is_four = address_length == 4;
    if (is_four)
        memcpy(&four.sin_addr, address, sizeof four.sin_addr);
    else
        memcpy(&six.sin6_addr, address, sizeof six.sin6_addr);
    int descriptor = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return 0;
    int result = connect(descriptor, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six,
                         is_four ? sizeof four : sizeof six);
    int error = result < 0 ? errno : 0;
    socklen_t length = sizeof error;
    /* On the loopback the answer is there as soon as the call has returned. */
    if (error == EINPROGRESS && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = 0;
    close(descriptor);
    return error == ECONNREFUSED;
}

#else

int modeljournal_is_refused(const unsigned char *address, int address_length, int port) {
    (void)address;
    (void)address_length;
    (void)port;
    return 0;
}

int modeljournal_listeners(struct modeljournal_listener *listeners, int capacity) {
    (void)listeners;
    (void)capacity;
    return -1;
}

#endif
