/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For how long preemption and interrupts are off, and inside which call. See
 * meter.c. In a build with LNET_METER=1 each call of the API by a suite says so
 * to the meter; in others there is none.
 */
#ifndef _LNET_KUNIT_METER_H
#define _LNET_KUNIT_METER_H

#ifdef LNET_METER
void lt_meter_begin(const char *call);
void lt_meter_end(void);
int lt_meter_start(void);
void lt_meter_stop(void);

#define lt_metered(call, value)						\
({									\
	typeof(value) __value;						\
									\
	lt_meter_begin(call);						\
	__value = (value);						\
	lt_meter_end();							\
	__value;							\
})

/* A macro is not expanded in itself: the call in there is the function. */
#define LNetMEAttach(...)	lt_metered("LNetMEAttach", LNetMEAttach(__VA_ARGS__))
#define LNetMEInsert(...)	lt_metered("LNetMEInsert", LNetMEInsert(__VA_ARGS__))
#define LNetMEUnlink(...)	lt_metered("LNetMEUnlink", LNetMEUnlink(__VA_ARGS__))
#define LNetMDAttach(...)	lt_metered("LNetMDAttach", LNetMDAttach(__VA_ARGS__))
#define LNetMDBind(...)		lt_metered("LNetMDBind", LNetMDBind(__VA_ARGS__))
#define LNetMDUnlink(...)	lt_metered("LNetMDUnlink", LNetMDUnlink(__VA_ARGS__))
#define LNetPut(...)		lt_metered("LNetPut", LNetPut(__VA_ARGS__))
#define LNetGet(...)		lt_metered("LNetGet", LNetGet(__VA_ARGS__))
#define LNetEQAlloc(...)	lt_metered("LNetEQAlloc", LNetEQAlloc(__VA_ARGS__))
#define LNetEQFree(...)		lt_metered("LNetEQFree", LNetEQFree(__VA_ARGS__))
#define LNetEQGet(...)		lt_metered("LNetEQGet", LNetEQGet(__VA_ARGS__))
#define LNetEQWait(...)		lt_metered("LNetEQWait", LNetEQWait(__VA_ARGS__))
#define LNetEQPoll(...)		lt_metered("LNetEQPoll", LNetEQPoll(__VA_ARGS__))
#define LNetSetLazyPortal(...)						\
	lt_metered("LNetSetLazyPortal", LNetSetLazyPortal(__VA_ARGS__))
#define LNetClearLazyPortal(...)					\
	lt_metered("LNetClearLazyPortal", LNetClearLazyPortal(__VA_ARGS__))
#define LNetGetId(...)		lt_metered("LNetGetId", LNetGetId(__VA_ARGS__))
#define LNetDist(...)		lt_metered("LNetDist", LNetDist(__VA_ARGS__))
#define LNetNIInit(...)		lt_metered("LNetNIInit", LNetNIInit(__VA_ARGS__))
#define LNetNIFini(...)		lt_metered("LNetNIFini", LNetNIFini(__VA_ARGS__))
#define lnet_parse(...)		lt_metered("lnet_parse", lnet_parse(__VA_ARGS__))
#else
static inline int lt_meter_start(void)
{
	return 0;
}

static inline void lt_meter_stop(void)
{
}
#endif

#endif /* _LNET_KUNIT_METER_H */
