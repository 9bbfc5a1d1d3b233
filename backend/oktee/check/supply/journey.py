"""Journey `supply`: from the customer's files to rules, scarce stock, exceptions, shared work, shipments."""

from contextlib import closing

from oktee.check.client import Client, Control
from oktee.check.desk import connect, sign_in
from oktee.check.order import import_file, watch_first_load
from oktee.check.place import Place
from oktee.check.story import Story
from oktee.check.supply import deciding, mending, pooling, proving, ruling, shipping, teamwork
from oktee.check.supply.goods import AGREED, FIRST, POOLED, SECOND, centre_of, decided, import_goods, invent, place

MANY = 27
"""More than are done while a person waits."""


def walk(story: Story, place_: Place) -> None:
    """The whole journey. Raises Failed."""
    with closing(Client(place_.url)) as client, closing(Control(place_.control)) as amazon:
        desk = sign_in(story, client, amazon, place_.account)
        connection = connect(desk)
        for kind in ("items", "stock", "components"):
            import_file(desk, kind)
        pooling.two_warehouses_and_their_pools(desk)
        watch_first_load(desk, connection)
        goods = invent(desk)
        import_goods(desk, goods)
        mixed = [goods.line("ONE", deciding.SINGLE, FIRST), goods.line("SIX", deciding.PACKS, 6 * AGREED)]
        mixed.append(goods.line("SET", deciding.SETS, FIRST + 2 * SECOND))
        plain = [goods.line("ONE", 24, FIRST), goods.line("TWO", 12, SECOND)]
        bundle = place(desk, goods, mixed)[0]
        scarce = place(desk, goods, [goods.line("SCA", deciding.WANTED, AGREED)], count=2)
        cheap = place(desk, goods, [goods.line("CHE", 20, AGREED / 2), goods.line("TWO", 12, SECOND / 2)], count=2)
        shipped, changed = place(desk, goods, plain, count=2)
        beside, timed, mended = place(desk, goods, plain, count=3, fulfilment_center=centre_of(desk, shipped))
        pooled = place(desk, goods, [goods.line("POO", sum(POOLED), AGREED)])[0]
        ruled = place(desk, goods, [goods.line("RUL", ruling.ASKED, AGREED)])[0]
        late = deciding.place_running_out(desk, goods)
        orders = decided(desk, [bundle, *scarce, *cheap, shipped, beside, timed, mended, changed, pooled, ruled, late])
        many = place(desk, goods, [goods.line("ONE", 6, FIRST)], count=MANY)
        story.step(f"Amazon placed {len(orders)} orders, all decided, and {MANY} more")
        shipping.confirm_for_shipping(desk, [orders[number] for number in (shipped, beside, timed, mended)])
        pooling.goods_from_two_warehouses(desk, goods, orders[pooled])
        deciding.packs_and_bundles(desk, goods, orders[bundle])
        second = deciding.scarce_stock(desk, goods, [orders[number] for number in scarce])
        deciding.what_would_have_given(desk, goods, second)
        deciding.costs_before_the_click(desk, goods, second)
        deciding.clocks_that_run_out(desk, orders[late])
        mending.one_fix_clears_several(desk, [orders[number] for number in cheap])
        deciding.an_order_changed_by_amazon(desk, goods, orders[changed])
        proving.corrected_by_a_new_answer(desk, goods, orders[mended])
        ruling.a_rule_is_written_and_decides(desk, goods)
        teamwork.shared_work(desk, goods, second, place_.colleague)
        decided(desk, many)
        teamwork.views_and_many_orders(desk, goods, many)
        waiting = shipping.let_it_be_confirmed_at_its_departure(desk, orders[timed])
        shipping.ship_together(desk, orders[shipped], orders[beside])
        shipping.confirmed_at_its_departure(desk, orders[timed], waiting)
        teamwork.a_file_of_the_list(desk, goods, [bundle, shipped, *many])
        teamwork.what_happened(desk, orders[shipped])
        client.sign_out()
        story.step("signed out; the cookie is worth nothing any more")
