import pytest
from tests.helpers.screens import *
from tests.helpers.fake_session import FakeSession
def burst(s,n): s.printed("".join(f"burst {i}\n" for i in range(1,n+1)))
@pytest.mark.parametrize("before",[0,3,200])
@pytest.mark.parametrize("size",[NARROW,NORMAL,WIDE])
@pytest.mark.parametrize("n",[24,28,30,32,40,63,64,300])
@pytest.mark.parametrize("long",[0,1])
async def test_b(tmp_path,before,size,n,long):
    def story(s):
        s.started(); s.up_to_get_requires(); s.phase_started("get_requires")
        if before: s.printed("x\n"*before)
    async with opened(tmp_path,story,size,running=True) as screen:
        s=screen.session
        s.phase_ended("get_requires"); s.phase_ended("install_dynamic")
        s.phase_started("prepare_metadata")
        if long: s.printed("y"*300+"\n")
        burst(s,n)
        for _ in range(4): await screen.settled()
        assert f"burst {n}\n" in screen.text+"\n" or any(l.rstrip().endswith(f"burst {n}") for l in screen.lines), (screen.app.main.output.following, screen.app.main.output.scroll_offset,screen.text)
@pytest.mark.parametrize("before",[0,3])
@pytest.mark.parametrize("size",[NARROW,NORMAL,WIDE])
@pytest.mark.parametrize("n",[24,40,63,300])
async def test_c(tmp_path,before,size,n):
    def story(s):
        s.started(); s.up_to_get_requires(); s.phase_started("get_requires")
        if before: s.printed("x\n"*before)
    async with opened(tmp_path,story,size,running=True) as screen:
        s=screen.session
        burst(s,n)
        s.phase_ended("get_requires","failed") 
        for _ in range(4): await screen.settled()
        await screen.press("o")
        assert f"burst {n}\n" in screen.text+"\n" or any(l.rstrip().endswith(f"burst {n}") for l in screen.lines), (screen.app.main.output.following, screen.app.main.output.scroll_offset,screen.text)
