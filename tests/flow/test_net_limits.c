/* max_connections and max_keepalive as a server counts them. */
#include "support_net.h"

static uint64_t wait_open(rig *r, llmc_mock *mock, uint64_t expected) {
    llmc_mock_stats stats = {0};
    for (int i = 0; i < 100; i++) {
        rig_turn_ms(r, 5);
        llmc_mock_get_stats(mock, &stats);
        if (stats.connections_now == expected) {
            break;
        }
    }
    return stats.connections_now;
}

static void never_more_than_max_connections(void **state) {
    (void)state;
    const uint32_t limits[] = {1, 7, 70};
    for (size_t i = 0; i < 3; i++) {
        flow f = {0};
        rig r;
        llmc_mock_stats stats;
        assert_int_equal(llmc_mock_new(&f.mock), LLMC_OK);
        rig_open(&r, llmc_mock_base_url(f.mock), rig_config(limits[i], limits[i]));
        rig_drive(&r, 500, 500);
        assert_int_equal(r.ok, 500);
        llmc_mock_get_stats(f.mock, &stats);
        assert_int_equal(stats.connections_max, limits[i]);
        assert_int_equal(stats.connections, limits[i]); /* the backlog used them again */
        rig_close(&r);
        llmc_mock_free(f.mock);
    }
}

static void start_refuses_past_the_limit(void **state) {
    (void)state;
    flow f = {0};
    rig r;
    assert_int_equal(llmc_mock_new(&f.mock), LLMC_OK);
    rig_open(&r, llmc_mock_base_url(f.mock), rig_config(2, 2));
    seen a = {0}, b = {0}, c = {0};
    assert_int_equal(rig_start(&r, &a), LLMC_OK);
    assert_int_equal(rig_start(&r, &b), LLMC_OK);
    assert_false(llmc__net_has_room(r.net, &r.origin));
    assert_int_equal(rig_start(&r, &c), LLMC_ERR_QUEUE_FULL);
    rig_wait(&r, &a);
    rig_wait(&r, &b);
    assert_true(llmc__net_has_room(r.net, &r.origin));
    assert_int_equal(rig_run(&r, &c), LLMC_OK);
    rig_close(&r);
    llmc_mock_free(f.mock);
}

static void keeps_max_keepalive(void **state) {
    (void)state;
    const uint32_t limits[] = {1, 5, 20};
    for (size_t i = 0; i < 3; i++) {
        flow f = {0};
        rig r;
        llmc__net_counts counts;
        assert_int_equal(llmc_mock_new(&f.mock), LLMC_OK);
        llmc_mock_script slow = flow_slow(30);
        assert_int_equal(llmc_mock_set_default(f.mock, &slow), LLMC_OK);
        rig_open(&r, llmc_mock_base_url(f.mock), rig_config(150, limits[i]));
        rig_drive(&r, 150, 150);
        assert_int_equal(wait_open(&r, f.mock, limits[i]), limits[i]);
        llmc__net_count(r.net, &counts);
        assert_int_equal(counts.connections_open, limits[i]);
        assert_int_equal(counts.connections_opened, 150);
        rig_drive(&r, limits[i], limits[i]);
        llmc__net_count(r.net, &counts);
        assert_int_equal(counts.connections_opened, 150);
        rig_close(&r);
        llmc_mock_free(f.mock);
    }
}

/* Two origins share the limit: idle connections of one make way for the other, even beside a long answer. */
static void idle_ones_make_way(void **state) {
    (void)state;
    flow one = {0}, two = {0};
    rig r;
    llmc_mock_stats a, b;
    assert_int_equal(llmc_mock_new(&one.mock), LLMC_OK);
    assert_int_equal(llmc_mock_new(&two.mock), LLMC_OK);
    rig_open(&r, llmc_mock_base_url(one.mock), rig_config(4, 4));
    llmc_mock_script slow = flow_slow(30);
    assert_int_equal(llmc_mock_set_default(one.mock, &slow), LLMC_OK);
    rig_drive(&r, 4, 4);
    seen held = {0};
    flow_push(&one, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(rig_start(&r, &held), LLMC_OK);
    rig_turn_ms(&r, 20);
    rig_aim(&r, 2, llmc_mock_base_url(two.mock), NULL);
    rig_drive(&r, 9, 3);
    assert_int_equal(r.ok, 9);
    assert_int_equal(held.done, 0);
    assert_int_equal(wait_open(&r, one.mock, 1), 1);
    llmc_mock_get_stats(two.mock, &b);
    llmc_mock_get_stats(one.mock, &a);
    assert_int_equal(a.connections, 4);
    assert_true(b.connections_max <= 3);
    llmc__net_counts counts;
    llmc__net_count(r.net, &counts);
    assert_true(counts.connections_open <= 4);
    llmc__net_cancel(r.net, held.transfer);
    rig_close(&r);
    llmc_mock_free(one.mock);
    llmc_mock_free(two.mock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_more_than_max_connections),
        cmocka_unit_test(start_refuses_past_the_limit),
        cmocka_unit_test(keeps_max_keepalive),
        cmocka_unit_test(idle_ones_make_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
