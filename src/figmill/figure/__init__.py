"""What a figure is: plain, frozen, validated values. numpy only."""
