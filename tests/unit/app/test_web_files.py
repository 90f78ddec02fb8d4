from watchkeeper.app import web_files


def test_a_configured_folder_counts_when_it_holds_the_ui(tmp_path):
    assert web_files.find(tmp_path) is None
    (tmp_path / "index.html").touch()
    assert web_files.find(tmp_path) == tmp_path
