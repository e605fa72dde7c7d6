def test_the_small_project_builds_without_a_problem(project):
    result = project.build()
    assert result.code == 0, result.out
    assert result.problems == []
    assert "Do we all know when to escalate?" in project.page("reviews/17-escalation/")
