/** The signing secret of every benchmark's Stripe source. */
export const STRIPE_SECRET = 'whsec_bench_secret';

/** What deliveries are signed with, by the router and by what it is compared with. */
export const SIGNING_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Opens the management API of the routers that benchmarks start. */
export const API_KEY = 'hky_bench_key_0123456789abcdef';
