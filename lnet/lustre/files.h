/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files in debugfs that Lustre's tools and scripts read. See files.c.
 */
#ifndef _LNET_LUSTRE_FILES_H
#define _LNET_LUSTRE_FILES_H

int lnet_files_init(void);
void lnet_files_exit(void);

#endif /* _LNET_LUSTRE_FILES_H */
