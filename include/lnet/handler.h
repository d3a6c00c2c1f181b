/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The handler interface of LNet: what Lustre's modules take from LNet since 2.14, in
 * which an MD names a function, its handler, in place of an EQ. Lustre's modules bring
 * headers of their own; this one is for the module that exports these functions,
 * lnet_lustre.ko, and for code of this tree that calls them.
 *
 * Names, values and layouts belong to an existing interface, and static assertions below
 * fix them. Structures that have a namesake of another layout in <lnet/types.h> are called
 * lnet_handler_... here.
 *
 * The kernel-doc of each function is at its definition, in the file of lnet/lustre/ named
 * below.
 */
#ifndef _LNET_HANDLER_H
#define _LNET_HANDLER_H

#include <lnet/api.h>
#include <lnet/nid.h>

#include <linux/cpumask.h>
#include <linux/generic-radix-tree.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>

/*
 * The EQ interface has functions of the same names. They link as lnet_..., which <lnet/link.h>
 * maps the names to; from here on in this file the names are those of the handler interface.
 */
#include <lnet/unlink.h>

struct ahash_request;
struct cfs_cpt_table;
struct cfs_expr_list;
struct genl_family;
struct lnet_me;
struct lnet_ni;
struct page;
struct sk_buff;

/* MDs and events ------------------------------------------------------------ */

#define LNET_MD_GPU_ADDR	0x2000	/* memory of a GPU: refused */

struct lnet_handler_event;
typedef void (*lnet_handler_t)(struct lnet_handler_event *event);

/* struct lnet_md of Lustre: see struct lnet_md in <lnet/types.h> for the fields. */
struct lnet_handler_md {
	void *umd_start;
	unsigned int umd_length;
	int umd_threshold;
	int umd_max_size;
	unsigned int umd_options;
	void *umd_user_ptr;
	lnet_handler_t umd_handler;		/* or NULL: no events */
	struct lnet_handle_md umd_bulk_handle;
};

/* struct lnet_event of Lustre. */
struct lnet_handler_event {
	struct lnet_processid target;
	struct lnet_processid initiator;
	struct lnet_processid source;
	struct lnet_nid sender;
	enum lnet_event_kind type;
	unsigned int pt_index;
	__u64 match_bits;
	unsigned int rlength;
	unsigned int mlength;
	struct lnet_handle_md md_handle;
	void *md_start;
	void *md_user_ptr;
	unsigned int md_options;
	__u64 hdr_data;
	__u32 msg_type;
	int status;
	int unlinked;
	unsigned int offset;
	unsigned long sequence;
};

/* init.c: life cycle; handler.c: MEs, MDs, messages */
int LNetNIInit(lnet_pid_t requested_pid);
int LNetNIFini(void);
void lnet_assert_handler_unused(lnet_handler_t handler);
struct lnet_me *LNetMEAttach(unsigned int portal, struct lnet_processid *match_id,
			     __u64 match_bits, __u64 ignore_bits, enum lnet_unlink unlink,
			     enum lnet_ins_pos pos);
int LNetMDAttach(struct lnet_me *me, const struct lnet_handler_md *umd,
		 enum lnet_unlink unlink, struct lnet_handle_md *handle);
int LNetMDBind(const struct lnet_handler_md *umd, enum lnet_unlink unlink,
	       struct lnet_handle_md *handle);
int LNetMDUnlink(struct lnet_handle_md mdh);
int LNetPut(struct lnet_nid *self, struct lnet_handle_md mdh, enum lnet_ack_req ack,
	    struct lnet_processid *target, unsigned int portal, __u64 match_bits,
	    unsigned int offset, __u64 hdr_data);
int LNetGet(struct lnet_nid *self, struct lnet_handle_md mdh, struct lnet_processid *target,
	    unsigned int portal, __u64 match_bits, unsigned int offset, bool recovery);
int LNetSetLazyPortal(int portal);
int LNetClearLazyPortal(int portal);

/* Names and peers ------------------------------------------------------------ */

struct nid_update_info {
	GENRADIX(struct lnet_nid)nui_rdx;
	unsigned int nui_count;
	__u32 nui_net;
};

/* names.c: NIDs of this node; peers.c: those of peers; updates.c: changes of the former */
int LNetGetId(unsigned int index, struct lnet_processid *id, bool large);
int LNetDist(struct lnet_nid *dst, struct lnet_nid *src, __u32 *order);
void LNetPrimaryNID(struct lnet_nid *nid);
void LNetLocalPrimaryNID(struct lnet_nid *nid);
int LNetPeerDiscovered(struct lnet_nid *nid);
int LNetGetPeerDiscoveryStatus(void);
void LNetAddPeer(struct lnet_nid *nids, int num);
bool LNetIsPeerLocal(struct lnet_nid *nid);
int LNetHasLocalNet(__u32 net);
int LNetFetchNIDs(int (*cb)(void *priv, struct lnet_nid *nid), __u32 netid, void *data);
int LNetRegisterNIDUpdates(int (*cb)(void *priv, struct nid_update_info *info), void *data);
void LNetUnRegisterNIDUpdates(void *data);
void LNetDebugPeer(struct lnet_processid *id);
int lnet_cpt_of_nid(lnet_nid_t nid, struct lnet_ni *ni);
int lnet_nid2cpt(struct lnet_nid *nid, struct lnet_ni *ni);

/* nidstr.c: text of NIDs */
#define LNET_HANDLER_NIDSTR_SIZE	64
#define LNET_NIDSTR_COUNT		1024
char *libcfs_next_nidstring(void);
char *libcfs_nidstr_r(const struct lnet_nid *nid, char *buf, size_t size);
char *libcfs_nid2str_r(lnet_nid_t nid, char *buf, size_t size);
char *libcfs_net2str_r(__u32 net, char *buf, size_t size);
char *libcfs_lnd2str_r(__u32 type, char *buf, size_t size);
char *libcfs_idstr(struct lnet_processid *id);
char *libcfs_id2str(struct lnet_process_id id);
int libcfs_strnid(struct lnet_nid *nid, const char *str);
lnet_nid_t libcfs_str2nid(const char *str);
int libcfs_str2anynid(lnet_nid_t *nid, const char *str);
int libcfs_stranynid(struct lnet_nid *nid, const char *str);
__u32 libcfs_str2net(const char *str);

/* nidlist.c: lists of NIDs that may have ranges and wildcards */
int cfs_parse_nidlist(char *str, int len, struct list_head *list);
void cfs_free_nidlist(struct list_head *list);
int cfs_match_nid(const struct lnet_nid *nid, struct list_head *list);
int cfs_print_nidlist(char *buf, int count, struct list_head *list);
__u8 cfs_nidmask_get_length(struct list_head *list);
int cfs_nidmask_get_base_nidstr(char *buf, int count, struct list_head *list);

/* expr.c: lists of numbers */
int cfs_expr_list_parse(char *str, int len, unsigned int min, unsigned int max,
			struct cfs_expr_list **list);
int cfs_expr_list_values(struct cfs_expr_list *list, int max, __u32 **vals);
void cfs_expr_list_free(struct cfs_expr_list *list);

/* CPU partitions --------------------------------------------------------------- */

#define CFS_CPT_ANY	(-1)

/* cpt.c, percpt.c */
extern struct cfs_cpt_table *cfs_cpt_tab;
int cfs_cpt_number(struct cfs_cpt_table *table);
int cfs_cpt_weight(struct cfs_cpt_table *table, int cpt);
int cfs_cpt_current(struct cfs_cpt_table *table, int remap);
int cfs_cpt_bind(struct cfs_cpt_table *table, int cpt);
int cfs_cpt_spread_node(struct cfs_cpt_table *table, int cpt);
cpumask_var_t *cfs_cpt_cpumask(struct cfs_cpt_table *table, int cpt);
nodemask_t *cfs_cpt_nodemask(struct cfs_cpt_table *table, int cpt);
struct cfs_cpt_table *cfs_cpt_table_alloc(int ncpt);
int cfs_cpt_set_node(struct cfs_cpt_table *table, int cpt, int node);
void cfs_cpt_table_free(struct cfs_cpt_table *table);
void *cfs_percpt_alloc(struct cfs_cpt_table *table, unsigned int size);
int cfs_percpt_number(void *vars);
void cfs_percpt_free(void *vars);

/* Checksums ----------------------------------------------------------------------- */

enum cfs_crypto_hash_alg {
	CFS_HASH_ALG_NULL	= 0,
	CFS_HASH_ALG_ADLER32,
	CFS_HASH_ALG_CRC32,
	CFS_HASH_ALG_CRC32C,
	CFS_HASH_ALG_MD5,
	CFS_HASH_ALG_SHA1,
	CFS_HASH_ALG_SHA256,
	CFS_HASH_ALG_SHA384,
	CFS_HASH_ALG_SHA512,
	CFS_HASH_ALG_MAX,
	CFS_HASH_ALG_UNKNOWN	= 0xff,
};

/* hash.c */
extern int cfs_crypto_hash_speeds[CFS_HASH_ALG_MAX];
struct ahash_request *cfs_crypto_hash_init(enum cfs_crypto_hash_alg alg, unsigned char *key,
					   unsigned int key_len);
int cfs_crypto_hash_update(struct ahash_request *req, const void *buf, unsigned int len);
int cfs_crypto_hash_update_page(struct ahash_request *req, struct page *page,
				unsigned int offset, unsigned int len);
int cfs_crypto_hash_final(struct ahash_request *req, unsigned char *hash,
			  unsigned int *hash_len);
int cfs_crypto_hash_digest(enum cfs_crypto_hash_alg alg, const void *buf, unsigned int len,
			   unsigned char *key, unsigned int key_len, unsigned char *hash,
			   unsigned int *hash_len);
int cfs_crypto_hash_speed(enum cfs_crypto_hash_alg alg);

/* Tools ---------------------------------------------------------------------------- */

/* Attributes of a message that describes scalars, and how each is written. */
enum {
	LN_SCALAR_ATTR_UNSPEC		= 0,
	LN_SCALAR_ATTR_LIST		= 1,
	LN_SCALAR_ATTR_LIST_SIZE	= 2,
	LN_SCALAR_ATTR_INDEX		= 3,
	LN_SCALAR_ATTR_NLA_TYPE		= 4,
	LN_SCALAR_ATTR_VALUE		= 5,
	LN_SCALAR_ATTR_INT_VALUE	= 6,
	LN_SCALAR_ATTR_KEY_FORMAT	= 7,
};

enum {
	LNKF_FLOW	= 1,
	LNKF_MAPPING	= 2,
	LNKF_SEQUENCE	= 4,
};

struct ln_key_props {
	char *lkp_value;
	__u16 lkp_key_format;
	__u16 lkp_data_type;
};

struct ln_key_list {
	__u16 lkl_maxattr;
	struct ln_key_props lkl_list[];
};

/* scalar.c */
int lnet_genl_send_scalar_list(struct sk_buff *msg, __u32 portid, __u32 seq,
			       const struct genl_family *family, int flags, __u8 cmd,
			       const struct ln_key_list *data[]);

struct lnet_counters_common {
	__u32 lcc_msgs_alloc;
	__u32 lcc_msgs_max;
	__u32 lcc_errors;
	__u32 lcc_send_count;
	__u32 lcc_recv_count;
	__u32 lcc_route_count;
	__u32 lcc_drop_count;
	__u64 lcc_send_length;
	__u64 lcc_recv_length;
	__u64 lcc_route_length;
	__u64 lcc_drop_length;
} __packed;

/* counters.c */
void lnet_counters_get_common(struct lnet_counters_common *common);
bool lnet_is_rdma_only_page(struct page *page);

/* ioctl.c */
extern struct blocking_notifier_head lnet_ioctl_list;

/* Of struct lnet only its first word is used by others, to find the table of partitions. */
struct lnet {
	struct cfs_cpt_table *ln_cpt_table;
};

extern struct lnet the_lnet;

static_assert(sizeof(struct lnet_handler_md) == 48);
static_assert(offsetof(struct lnet_handler_md, umd_length) == 8);
static_assert(offsetof(struct lnet_handler_md, umd_threshold) == 12);
static_assert(offsetof(struct lnet_handler_md, umd_max_size) == 16);
static_assert(offsetof(struct lnet_handler_md, umd_options) == 20);
static_assert(offsetof(struct lnet_handler_md, umd_user_ptr) == 24);
static_assert(offsetof(struct lnet_handler_md, umd_handler) == 32);
static_assert(offsetof(struct lnet_handler_md, umd_bulk_handle) == 40);
static_assert(sizeof(struct lnet_handler_event) == 184);
static_assert(offsetof(struct lnet_handler_event, initiator) == 24);
static_assert(offsetof(struct lnet_handler_event, source) == 48);
static_assert(offsetof(struct lnet_handler_event, sender) == 72);
static_assert(offsetof(struct lnet_handler_event, type) == 92);
static_assert(offsetof(struct lnet_handler_event, pt_index) == 96);
static_assert(offsetof(struct lnet_handler_event, match_bits) == 104);
static_assert(offsetof(struct lnet_handler_event, rlength) == 112);
static_assert(offsetof(struct lnet_handler_event, mlength) == 116);
static_assert(offsetof(struct lnet_handler_event, md_handle) == 120);
static_assert(offsetof(struct lnet_handler_event, md_start) == 128);
static_assert(offsetof(struct lnet_handler_event, md_user_ptr) == 136);
static_assert(offsetof(struct lnet_handler_event, md_options) == 144);
static_assert(offsetof(struct lnet_handler_event, hdr_data) == 152);
static_assert(offsetof(struct lnet_handler_event, msg_type) == 160);
static_assert(offsetof(struct lnet_handler_event, status) == 164);
static_assert(offsetof(struct lnet_handler_event, unlinked) == 168);
static_assert(offsetof(struct lnet_handler_event, offset) == 172);
static_assert(offsetof(struct lnet_handler_event, sequence) == 176);
static_assert(sizeof(struct nid_update_info) == 16);
static_assert(sizeof(struct ln_key_props) == 16);
static_assert(offsetof(struct ln_key_list, lkl_list) == 8);
static_assert(sizeof(struct lnet_counters_common) == 60);

#endif /* _LNET_HANDLER_H */
